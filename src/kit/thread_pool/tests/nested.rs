//! Tasks that wait for tasks of their own pool.

use super::*;
use crate::kit::future::AsCompleted;

/// A pool of `workers`, shared with its tasks.
fn shared(workers: usize) -> Arc<ThreadPool> {
    Arc::new(ThreadPool::new(workers).unwrap())
}

/// Runs `task`, which gets the pool, on a pool of `workers`, and gives its result.
fn within<T: Clone + Send + 'static>(
    workers: usize,
    task: impl FnOnce(&Arc<ThreadPool>) -> T + Send + 'static,
) -> T {
    let pool = shared(workers);
    let inside = Arc::clone(&pool);
    let result = pool.submit(move || task(&inside)).unwrap().result(&soon());
    until(|| is_worked_off(&pool));
    result.unwrap()
}

/// Each level waits for the next.
fn chain(pool: &Arc<ThreadPool>, levels: u32) -> u32 {
    if levels == 0 {
        return 0;
    }
    let inside = Arc::clone(pool);
    let next = pool.submit(move || chain(&inside, levels - 1)).unwrap();
    next.result(&soon()).unwrap() + 1
}

#[test]
fn a_task_may_wait_for_its_own_task_on_a_pool_of_one() {
    let sum = within(1, |pool| {
        let tasks: Vec<_> = (1..=4).map(|n| pool.submit(move || n * n).unwrap()).collect();
        // The last first: no order is needed.
        let squares = tasks.iter().rev().map(|task| task.result(&soon()).unwrap());
        squares.sum::<u32>()
    });
    assert_eq!(sum, 30);
}

#[test]
fn every_kind_of_wait_serves() {
    for workers in 1..=2 {
        let sums = within(workers, |pool| {
            let tasks = || -> Vec<_> { (0..5).map(|n| pool.submit(move || n).unwrap()).collect() };
            let sum = |tasks: &[Future<u32>]| -> u32 {
                tasks.iter().map(|task| task.result(&Limit::now()).unwrap()).sum()
            };
            let all = tasks();
            let gathered = wait(&all, When::All, &soon());
            assert_eq!((gathered.done.len(), sum(&all)), (5, 10));
            assert!(!wait(&tasks(), When::First, &soon()).done.is_empty());
            let completed: AsCompleted<_> = as_completed(&tasks(), soon());
            let completed: Vec<_> = completed.map(Result::unwrap).collect();
            let mapped = pool.map_chunked(0..5, 2, |n| n).unwrap();
            let mapped: u32 = mapped.map(Result::unwrap).sum();
            (sum(&completed), mapped)
        });
        assert_eq!(sums, (10, 10));
    }
}

#[test]
fn a_wait_nests_as_deep_as_tasks_wait_for_each_other() {
    for workers in [1, 3] {
        assert_eq!(within(workers, |pool| chain(pool, 150)), 150);
    }
}

#[test]
fn a_long_queue_of_tasks_that_wait_takes_no_more_stack_than_one_of_them() {
    let pool = shared(1);
    let all: Vec<_> = (0..5_000)
        .map(|n| {
            let inside = Arc::clone(&pool);
            let task = move || inside.submit(move || n).unwrap().result(&soon()).unwrap();
            pool.submit(task).unwrap()
        })
        .collect();
    for (n, task) in all.iter().enumerate() {
        assert_eq!(task.result(&soon()), Ok(n));
    }
}

#[test]
fn a_task_that_waits_runs_nothing_that_it_does_not_wait_for() {
    let pool = shared(1);
    let lock = Arc::new(Mutex::new(()));
    let (inside, held, latch) = (Arc::clone(&pool), Arc::clone(&lock), Latch::default());
    let queued = latch.clone();
    let keeps = pool
        .submit(move || {
            let _guard = held.lock();
            queued.wait();
            inside.submit(|| 1).unwrap().result(&soon()).unwrap()
        })
        .unwrap();
    // Before the child in the queue: were it run by the one who waits, it would find the
    // lock taken by its own thread.
    let needs = pool.submit(move || lock.try_lock().is_some()).unwrap();
    latch.open();
    assert_eq!(keeps.result(&soon()), Ok(1));
    assert_eq!(needs.result(&soon()), Ok(true));
}

#[test]
fn a_panic_of_the_awaited_task_is_its_own() {
    let error = within(1, |pool| {
        let task = pool.submit(|| panic!("the child")).unwrap();
        task.result(&soon()).map(|(): ()| ()).unwrap_err().to_string()
    });
    assert!(error.contains("the child") && error.contains("worker_0"), "{error}");
}

#[test]
fn a_cancelled_task_and_one_without_time_left_are_not_run_by_the_wait() {
    let ran = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&ran);
    let (cancelled, late, then) = within(1, move |pool| {
        let task = || {
            let count = Arc::clone(&count);
            pool.submit(move || count.fetch_add(1, Ordering::SeqCst)).unwrap()
        };
        let cancelled = task();
        cancelled.cancel();
        let late = task();
        let (cancelled, late_then) = (cancelled.result(&soon()), late.result(&Limit::now()));
        (cancelled, late_then, late.result(&soon()))
    });
    assert_eq!(cancelled, Err(TaskError::Cancelled.into()));
    assert_eq!(late, Err(Timeout::Elapsed.into()));
    assert_eq!((then, ran.load(Ordering::SeqCst)), (Ok(0), 1));
}

#[test]
fn a_stop_ends_the_wait_for_a_task_that_runs_elsewhere() {
    let (pool, latch, stop) = (shared(2), Latch::default(), Stop::new());
    let (inside, pass, limit) = (Arc::clone(&pool), latch.clone(), Limit::until(&stop));
    let begun = Arc::new(AtomicBool::new(false));
    let waits = Arc::clone(&begun);
    let parent = pool
        .submit(move || {
            let child = inside.submit(move || pass.wait()).unwrap();
            until(|| child.status() == Status::Running);
            waits.store(true, Ordering::SeqCst);
            child.result(&limit)
        })
        .unwrap();
    until(|| begun.load(Ordering::SeqCst));
    stop.request();
    assert_eq!(parent.result(&soon()), Ok(Err(Timeout::Stopped.into())));
    latch.open();
}

#[test]
fn a_shutdown_while_a_task_waits_runs_or_cancels_the_awaited_one_as_asked() {
    for (how, expected) in
        [(Shutdown::Drain, Ok(7)), (Shutdown::Cancel, Err(TaskError::Cancelled.into()))]
    {
        let (pool, latch) = (shared(1), Latch::default());
        let (inside, pass) = (Arc::clone(&pool), latch.clone());
        let submitted = Arc::new(AtomicBool::new(false));
        let says = Arc::clone(&submitted);
        let parent = pool
            .submit(move || {
                let child = inside.submit(|| 7).unwrap();
                says.store(true, Ordering::SeqCst);
                pass.wait();
                child.result(&soon())
            })
            .unwrap();
        until(|| submitted.load(Ordering::SeqCst));
        std::thread::scope(|scope| {
            scope.spawn(|| pool.shutdown(how));
            until(|| pool.queue.read().is_none());
            latch.open();
        });
        assert_eq!(parent.result(&soon()), Ok(expected));
        assert!(is_worked_off(&pool));
    }
}

#[test]
fn what_a_waiting_worker_is_at_is_shown_and_emitted() {
    let (recorder, mut reader) = recorder::<()>();
    let observer: Observer = Arc::new(move |name: &str| Rc::new(recorder.lane(name)));
    let pool = ThreadPool::builder(1).observer(observer).build().unwrap();
    let pool = Arc::new(pool);
    let inside = Arc::clone(&pool);
    let slice = |pool: &ThreadPool| (pool.view()[0].state, pool.view()[0].done);
    let seen = pool
        .submit(move || {
            let within = Arc::clone(&inside);
            let child = inside.submit(move || slice(&within)).unwrap();
            (child.result(&soon()).unwrap(), slice(&inside))
        })
        .unwrap();
    let running = WorkerState::Running;
    assert_eq!(seen.result(&soon()), Ok(((running(1), 0), (running(0), 1))));
    until(|| slice(&pool) == (WorkerState::Idle, 2));
    drop(pool);
    let mut reported = Vec::new();
    reader.drain(1000, |event| match event.what {
        What::Lane(LaneEvent::TaskStarted { task, .. }) => reported.push(format!("start {task}")),
        What::Lane(LaneEvent::TaskEnded { task, .. }) => reported.push(format!("end {task}")),
        What::Lane(LaneEvent::Running) => reported.push("running".to_owned()),
        _ => {}
    });
    assert_eq!(reported, ["start 0", "start 1", "end 1", "running", "end 0"]);
}

/// A task: how it waits for those that it submits, and whether it panics afterwards.
#[derive(Clone, Debug)]
struct Node {
    way: u8,
    panics: bool,
    children: Vec<Node>,
}

impl Node {
    /// The tasks in it, and the sum of those whose result arrives at the root.
    fn expected(&self) -> (u32, Option<u32>) {
        let parts: Vec<_> = self.children.iter().map(Self::expected).collect();
        let tasks = 1 + parts.iter().map(|part| part.0).sum::<u32>();
        let sum = 1 + parts.iter().filter_map(|part| part.1).sum::<u32>();
        (tasks, (!self.panics).then_some(sum))
    }

    fn run(self, pool: &Arc<ThreadPool>, ran: &Arc<AtomicU32>) -> u32 {
        ran.fetch_add(1, Ordering::SeqCst);
        let (inside, count) = (Arc::clone(pool), Arc::clone(ran));
        let task = move |child: Self| child.run(&inside, &count);
        let sum: u32 = match self.way {
            0 => {
                let chunks = pool.map_chunked(self.children, 2, task).unwrap();
                chunks.filter_map(Result::ok).sum()
            }
            way => {
                let submit = |child: Self| {
                    let task = task.clone();
                    pool.submit(move || task(child)).unwrap()
                };
                let mut tasks: Vec<_> = self.children.into_iter().map(submit).collect();
                match way {
                    1 => tasks.reverse(),
                    2 => assert!(wait(&tasks, When::All, &soon()).not_done.is_empty()),
                    _ => tasks = as_completed(&tasks, soon()).map(Result::unwrap).collect(),
                }
                tasks.iter().filter_map(|task| task.result(&soon()).ok()).sum()
            }
        };
        assert!(!self.panics, "as planned");
        sum + 1
    }
}

fn node() -> impl Strategy<Value = Node> {
    let leaf = (0..4u8, prop::bool::weighted(0.2)).prop_map(|(way, panics)| Node {
        way,
        panics,
        children: Vec::new(),
    });
    leaf.prop_recursive(6, 40, 4, |child| {
        let children = prop::collection::vec(child, 0..4);
        (0..4u8, prop::bool::weighted(0.2), children).prop_map(|(way, panics, children)| Node {
            way,
            panics,
            children,
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// However tasks wait for each other and with however many workers: each runs once,
    /// and what it gives arrives where it is waited for.
    #[test]
    fn a_tree_of_tasks_that_wait_ends_with_its_sum(root in node(), workers in 1usize..4) {
        let (pool, ran) = (shared(workers), Arc::new(AtomicU32::new(0)));
        let (tasks, sum) = root.expected();
        let (inside, count) = (Arc::clone(&pool), Arc::clone(&ran));
        let result = pool.submit(move || root.run(&inside, &count)).unwrap().result(&soon());
        prop_assert_eq!(result.ok(), sum);
        prop_assert_eq!(ran.load(Ordering::SeqCst), tasks);
        until(|| is_worked_off(&pool));
        prop_assert!(pool.workers() <= workers);
    }
}
