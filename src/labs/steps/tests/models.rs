//! Some of the programs written down once more, as plain data: an independent brute force.
//!
//! Nothing of the explorer is used here: no thread, no model state, no search.

mod locks;

use std::collections::HashMap;

pub use locks::*;

/// What an instruction computes from its thread's registers.
type Expr = Box<dyn Fn(&[i64]) -> i64>;

/// What is waited for, of the memory and of the thread's registers.
type Holds = Box<dyn Fn(&[i64], &[i64]) -> bool>;

/// One instruction. Each is a step, but for the skip.
pub enum Do {
    /// Of the word at an address, into a register.
    Load(Expr, usize),
    Store(Expr, Expr),
    /// A store that does not stay in the buffer.
    Ordered(usize, i64),
    Add(usize, i64),
    /// The same, with the value before in a register.
    Fetch(usize, i64, usize),
    /// Compare-exchange with 0; the register is 1 if it was done.
    Take(usize, i64, usize),
    Local,
    Lock(usize),
    Unlock(usize),
    /// Until it holds on the memory as the thread sees it.
    Await(Holds),
    /// Leaves out this number of instructions if the expression is 0. No step.
    Unless(Expr, usize),
    /// Goes back by this number of instructions. No step.
    Back(usize),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    pub memory: Vec<i64>,
    holders: Vec<Option<usize>>,
    pub threads: Vec<Thread>,
    broken: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Thread {
    at: usize,
    pub registers: Vec<i64>,
    buffer: Vec<(usize, i64)>,
}

/// What must not be, of a state.
type Wrong = Box<dyn Fn(&State) -> bool>;

pub struct Model {
    code: Vec<Vec<Do>>,
    start: State,
    tso: bool,
    /// At the end.
    pub wrong: Wrong,
    /// At any moment.
    pub never: Wrong,
}

/// A step of a thread, or the oldest store out of its buffer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Move {
    Step(usize),
    Drain(usize),
}

/// The state, who went last, and the preemptions so far.
type Known = HashMap<(State, Option<usize>, u32), (u128, u128)>;

impl Model {
    pub fn new(memory: Vec<i64>, locks: usize, code: Vec<Vec<Do>>) -> Self {
        let thread = Thread { at: 0, registers: vec![0; 8], buffer: Vec::new() };
        Self {
            start: State {
                memory,
                holders: vec![None; locks],
                threads: vec![thread; code.len()],
                broken: false,
            },
            code,
            tso: false,
            wrong: Box::new(|_| false),
            never: Box::new(|_| false),
        }
    }

    pub fn under_tso(mut self, tso: bool) -> Self {
        self.tso = tso;
        self
    }

    /// Interleavings, and how many of them fail; with at most this number of preemptions.
    pub fn count(&self, bound: Option<u32>) -> (u128, u128) {
        let mut state = self.start.clone();
        (0..self.code.len()).for_each(|thread| self.skip(&mut state, thread));
        state.broken = (self.never)(&state);
        self.below(&mut Known::new(), &state, None, 0, bound)
    }

    fn below(
        &self,
        known: &mut Known,
        state: &State,
        last: Option<usize>,
        switches: u32,
        bound: Option<u32>,
    ) -> (u128, u128) {
        let key = (state.clone(), last.filter(|_| bound.is_some()), switches);
        if let Some(&counts) = known.get(&key) {
            return counts;
        }
        let threads = 0..self.code.len();
        let steps = threads.clone().filter(|&thread| self.can(state, thread));
        let drains = threads.filter(|&thread| !state.threads[thread].buffer.is_empty());
        let moves: Vec<Move> = steps.map(Move::Step).chain(drains.map(Move::Drain)).collect();
        if moves.is_empty() {
            return (1, u128::from(self.failed(state)));
        }
        let mut counts = (0, 0);
        for &made in &moves {
            let (next_last, more) = match made {
                Move::Step(thread) => {
                    let left =
                        last.is_some_and(|it| it != thread && moves.contains(&Move::Step(it)));
                    (Some(thread), u32::from(left))
                }
                Move::Drain(_) => (last, 0),
            };
            let switches = if bound.is_some() { switches + more } else { 0 };
            if bound.is_some_and(|bound| switches > bound) {
                continue;
            }
            let mut next = state.clone();
            self.make(&mut next, made);
            let below = self.below(known, &next, next_last, switches, bound);
            counts = (counts.0 + below.0, counts.1 + below.1);
        }
        known.insert(key, counts);
        counts
    }

    fn failed(&self, state: &State) -> bool {
        let mut threads = state.threads.iter().zip(&self.code);
        let stuck = threads.any(|(thread, code)| thread.at < code.len());
        stuck || state.broken || (self.wrong)(state)
    }

    fn can(&self, state: &State, thread: usize) -> bool {
        let me = &state.threads[thread];
        let Some(next) = self.code[thread].get(me.at) else {
            return false;
        };
        match next {
            Do::Load(..) | Do::Store(..) | Do::Local | Do::Unless(..) | Do::Back(_) => true,
            Do::Await(holds) => holds(&view(state, thread), &me.registers),
            Do::Ordered(..) | Do::Add(..) | Do::Fetch(..) | Do::Take(..) | Do::Unlock(_) => {
                me.buffer.is_empty()
            }
            Do::Lock(lock) => me.buffer.is_empty() && state.holders[*lock].is_none(),
        }
    }

    fn make(&self, state: &mut State, made: Move) {
        match made {
            Move::Drain(thread) => {
                let (address, value) = state.threads[thread].buffer.remove(0);
                state.memory[address] = value;
            }
            Move::Step(thread) => {
                self.step(state, thread);
                self.skip(state, thread);
            }
        }
        state.broken |= (self.never)(state);
    }

    fn step(&self, state: &mut State, thread: usize) {
        let next = &self.code[thread][state.threads[thread].at];
        let registers = state.threads[thread].registers.clone();
        match next {
            Do::Load(from, to) => {
                let value = view(state, thread)[place(from(&registers))];
                state.threads[thread].registers[*to] = value;
            }
            Do::Store(to, value) => {
                let (address, value) = (place(to(&registers)), value(&registers));
                if self.tso {
                    state.threads[thread].buffer.push((address, value));
                } else {
                    state.memory[address] = value;
                }
            }
            Do::Ordered(address, value) => state.memory[*address] = *value,
            Do::Add(address, value) => state.memory[*address] += value,
            Do::Fetch(address, value, to) => {
                state.threads[thread].registers[*to] = state.memory[*address];
                state.memory[*address] += value;
            }
            Do::Take(address, value, to) => {
                let free = state.memory[*address] == 0;
                if free {
                    state.memory[*address] = *value;
                }
                state.threads[thread].registers[*to] = i64::from(free);
            }
            Do::Lock(lock) => state.holders[*lock] = Some(thread),
            Do::Unlock(lock) => state.holders[*lock] = None,
            Do::Local | Do::Await(_) | Do::Unless(..) | Do::Back(_) => {}
        }
        state.threads[thread].at += 1;
    }

    fn skip(&self, state: &mut State, thread: usize) {
        let me = &mut state.threads[thread];
        loop {
            match self.code[thread].get(me.at) {
                Some(Do::Unless(holds, many)) => {
                    me.at += if holds(&me.registers) == 0 { many + 1 } else { 1 };
                }
                Some(Do::Back(many)) => me.at -= many,
                _ => return,
            }
        }
    }
}

fn place(address: i64) -> usize {
    usize::try_from(address).unwrap()
}

/// The memory as a thread sees it: its own stores first.
fn view(state: &State, thread: usize) -> Vec<i64> {
    let mut memory = state.memory.clone();
    for &(address, value) in &state.threads[thread].buffer {
        memory[address] = value;
    }
    memory
}

fn is(value: i64) -> Expr {
    Box::new(move |_| value)
}

fn register(at: usize, plus: i64) -> Expr {
    Box::new(move |registers| registers[at] + plus)
}

/// The code inside a lock, if there is one.
fn locked(on: bool, mut code: Vec<Do>) -> Vec<Do> {
    if on {
        code.insert(0, Do::Lock(0));
        code.push(Do::Unlock(0));
    }
    code
}

pub fn counter(n: u32, mended: bool) -> Model {
    let add = || {
        let code = vec![Do::Load(is(0), 0), Do::Local, Do::Store(is(0), register(0, 1))];
        locked(mended, code)
    };
    let mut model = Model::new(vec![0], 1, (0..n).map(|_| add()).collect());
    model.wrong = Box::new(move |state| state.memory[0] != i64::from(n));
    model
}

/// The word 0 is the length, the others are the slots; the remover's registers from 1 are
/// what it took.
fn list_of(n: u32, code: Vec<Vec<Do>>) -> Model {
    let slots = (0..2 * n).map(|i| if i < n { i64::from(i) + 1 } else { 0 });
    let memory = std::iter::once(n.into()).chain(slots).collect();
    let mut model = Model::new(memory, 1, code);
    model.wrong = Box::new(move |state| {
        let left = place(state.memory[0]);
        let mut all = state.memory[1..=left].to_vec();
        all.extend(&state.threads[1].registers[1..=n as usize]);
        all.sort_unstable();
        all != (1..=i64::from(2 * n)).collect::<Vec<_>>()
    });
    model
}

fn adder(n: u32, mended: bool) -> Vec<Do> {
    let append = |k: u32| {
        let code = vec![
            Do::Load(is(0), 0),
            Do::Store(register(0, 1), is(i64::from(n + k) + 1)),
            Do::Store(is(0), register(0, 1)),
        ];
        locked(mended, code)
    };
    (0..n).flat_map(append).collect()
}

pub fn list(n: u32, mended: bool) -> Model {
    let take = |k: u32| {
        let code = vec![
            Do::Load(is(0), 0),
            Do::Load(register(0, 0), 1 + k as usize),
            Do::Store(is(0), register(0, -1)),
        ];
        locked(mended, code)
    };
    list_of(n, vec![adder(n, mended), (0..n).flat_map(take).collect()])
}

pub fn fifo(n: u32, mended: bool) -> Model {
    let take = |k: u32| {
        let mut code = vec![Do::Load(is(0), 0), Do::Load(is(1), 1 + k as usize)];
        for at in 1..2 * i64::from(n) {
            code.push(Do::Unless(Box::new(move |it| i64::from(it[0] > at)), 2));
            code.push(Do::Load(is(at + 1), 7));
            code.push(Do::Store(is(at), register(7, 0)));
        }
        code.push(Do::Store(is(0), register(0, -1)));
        locked(mended, code)
    };
    list_of(n, vec![adder(n, mended), (0..n).flat_map(take).collect()])
}

pub fn tickets(n: u32, mended: bool) -> Model {
    let model = |me: i64| {
        if mended {
            vec![Do::Take(0, me, 0), Do::Unless(register(0, 0), 1), Do::Add(1, 1)]
        } else {
            vec![
                Do::Load(is(0), 0),
                Do::Unless(Box::new(|it| i64::from(it[0] == 0)), 2),
                Do::Store(is(0), is(me)),
                Do::Add(1, 1),
            ]
        }
    };
    let code = (1..=i64::from(n)).map(model).collect();
    let mut model = Model::new(vec![0, 0], 0, code);
    model.wrong = Box::new(|state| state.memory[1] != 1);
    model
}

pub fn philosophers(n: u32, mended: bool) -> Model {
    let n = n as usize;
    let philosopher = |i: usize| {
        let (left, right) = (i, (i + 1) % n);
        let turned = mended && i == n - 1;
        let (first, second) = if turned { (right, left) } else { (left, right) };
        vec![Do::Lock(first), Do::Lock(second), Do::Unlock(second), Do::Unlock(first)]
    };
    Model::new(Vec::new(), n, (0..n).map(philosopher).collect())
}

pub fn store(mended: bool, tso: bool) -> Model {
    let thread = |mine: usize| {
        let mine_at = i64::try_from(mine).unwrap();
        let set = if mended { Do::Ordered(mine, 1) } else { Do::Store(is(mine_at), is(1)) };
        vec![set, Do::Load(is(1 - mine_at), 0)]
    };
    let mut model = Model::new(vec![0, 0], 0, vec![thread(0), thread(1)]).under_tso(tso);
    model.wrong = Box::new(|state| state.threads.iter().all(|it| it.registers[0] == 0));
    model
}

/// The words: who wants in, twice; whose turn it is; how many are inside.
pub fn peterson(mended: bool, tso: bool) -> Model {
    let thread = |me: usize| {
        let mine = i64::try_from(me).unwrap();
        let wants = Do::Store(is(mine), is(1));
        let choice = Do::Store(is(2), is(1 - mine));
        let (first, second) = if mended { (wants, choice) } else { (choice, wants) };
        let free = move |result: &[i64], _: &[i64]| result[1 - me] == 0 || result[2] == mine;
        vec![
            first,
            second,
            Do::Await(Box::new(free)),
            Do::Add(3, 1),
            Do::Add(3, -1),
            Do::Store(is(mine), is(0)),
        ]
    };
    let mut model = Model::new(vec![0; 4], 0, vec![thread(0), thread(1)]).under_tso(tso);
    model.never = Box::new(|state| state.memory[3] > 1);
    model
}
