//! Locks from plain loads and stores, countdowns and events. Where a word is waited for, the
//! await is one instruction, as it is one step of the programs.

use super::*;

fn store(address: usize, value: i64) -> Do {
    Do::Store(is(address.try_into().unwrap()), is(value))
}

fn load(address: usize, register: usize) -> Do {
    Do::Load(is(address.try_into().unwrap()), register)
}

/// Until the word at `address` is `value`.
fn until(address: usize, value: i64) -> Do {
    Do::Await(Box::new(move |memory, _| memory[address] == value))
}

/// Leaves out `many` instructions unless the register is `value`.
fn unless(register: usize, value: i64, many: usize) -> Do {
    Do::Unless(Box::new(move |registers| i64::from(registers[register] == value)), many)
}

/// Inside and out again, counted at `address`.
fn inside(address: usize) -> [Do; 2] {
    [Do::Add(address, 1), Do::Add(address, -1)]
}

/// Threads that may never be inside together, counted at the last address.
fn lock(words: usize, code: Vec<Vec<Do>>) -> Model {
    let mut model = Model::new(vec![0; words + 1], 0, code);
    model.never = Box::new(move |state| state.memory[words] > 1);
    model
}

pub fn additions(threads: u32, n: u32, mended: bool) -> Model {
    let add = || locked(mended, vec![load(0, 0), Do::Store(is(0), register(0, 1))]);
    let adder = || (0..n).flat_map(|_| add()).collect();
    let mut model = Model::new(vec![0], 1, (0..threads).map(|_| adder()).collect());
    model.wrong = Box::new(move |state| state.memory[0] != i64::from(threads * n));
    model
}

pub fn two_locks(mended: bool) -> Model {
    let add = |lock: usize| {
        let store = Do::Store(is(0), register(0, 1));
        vec![Do::Lock(lock), load(0, 0), store, Do::Unlock(lock)]
    };
    let mut model = Model::new(vec![0], 2, vec![add(0), add(usize::from(!mended))]);
    model.wrong = Box::new(|state| state.memory[0] != 2);
    model
}

pub fn flags(mended: bool) -> Model {
    let thread = |me: usize| {
        let other = 1 - me;
        let mut code = vec![store(me, 1)];
        if mended && me == 1 {
            code.extend([load(other, 0), unless(0, 1, 4), store(me, 0), until(other, 0)]);
            code.extend([store(me, 1), Do::Back(5)]);
        } else {
            code.push(until(other, 0));
        }
        code.extend(inside(2));
        code.push(store(me, 0));
        code
    };
    lock(2, vec![thread(0), thread(1)])
}

/// The words: who wants in, twice; whose turn it is; how many are inside.
pub fn dekker(mended: bool, tso: bool) -> Model {
    let thread = |me: usize| {
        let (other, mine) = (1 - me, i64::try_from(me).unwrap());
        let mut code = vec![store(me, 1), load(other, 0), unless(0, 1, 8)];
        code.extend([load(2, 1), unless(1, 1 - mine, 4)]);
        code.extend([store(me, 0), until(2, mine), store(me, 1), Do::Back(7)]);
        code.extend([until(other, 0), Do::Back(9)]);
        code.extend(inside(3));
        code.extend(mended.then(|| store(2, 1 - mine)));
        code.push(store(me, 0));
        code
    };
    lock(3, vec![thread(0), thread(1)]).under_tso(tso)
}

/// The words: who is choosing, the numbers, how many are inside.
pub fn bakery(n: u32, mended: bool) -> Model {
    let n = n as usize;
    let thread = |me: usize| {
        let others = || (0..n).filter(move |other| *other != me);
        let mut code = Vec::new();
        code.extend(mended.then(|| store(me, 1)));
        code.extend(others().map(|other| load(n + other, other)));
        // Its own register is 0.
        let mine = |registers: &[i64]| 1 + registers[..3].iter().max().unwrap();
        code.push(Do::Store(is((n + me).try_into().unwrap()), Box::new(mine)));
        code.extend(mended.then(|| store(me, 0)));
        for other in others() {
            code.extend(mended.then(|| until(other, 0)));
            code.push(Do::Await(Box::new(move |memory, registers| {
                let number = memory[n + other];
                number == 0 || (number, other) > (mine(registers), me)
            })));
        }
        code.extend(inside(2 * n));
        code.push(store(n + me, 0));
        code
    };
    lock(2 * n, (0..n).map(thread).collect())
}

/// The words: the next number, the one that is served, how many are inside.
pub fn ticket_lock(n: u32, mended: bool) -> Model {
    let thread = || {
        let mut code = if mended {
            vec![Do::Fetch(0, 1, 0)]
        } else {
            vec![load(0, 0), Do::Store(is(0), register(0, 1))]
        };
        code.push(Do::Await(Box::new(|memory, registers| memory[1] == registers[0])));
        code.extend(inside(2));
        code.push(Do::Store(is(1), register(0, 1)));
        code
    };
    lock(2, (0..n).map(|_| thread()).collect())
}

/// The words: how many are left, and the event.
pub fn countdown(n: u32, mended: bool) -> Model {
    let worker = || {
        let mut code = if mended {
            vec![Do::Fetch(0, -1, 0)]
        } else {
            vec![load(0, 0), Do::Store(is(0), register(0, -1))]
        };
        code.extend([unless(0, 1, 1), store(1, 1)]);
        code
    };
    let workers = (0..n).map(|_| worker()).chain([vec![until(1, 1)]]);
    Model::new(vec![n.into(), 0], 0, workers.collect())
}

pub fn pulse(mended: bool) -> Model {
    let reader = || vec![until(0, 1), Do::Add(1, 1)];
    let mut writer = vec![store(0, 1)];
    writer.extend((!mended).then(|| store(0, 0)));
    Model::new(vec![0, 0], 0, vec![reader(), reader(), writer])
}

pub fn no_wait(mended: bool) -> Model {
    let mut reader = Vec::new();
    reader.extend(mended.then(|| until(1, 1)));
    reader.push(load(0, 0));
    let mut model = Model::new(vec![0, 0], 0, vec![vec![store(0, 42), store(1, 1)], reader]);
    model.wrong = Box::new(|state| state.threads[1].registers[0] != 42);
    model
}

/// The words: two slots, how many have arrived, the event. The repaired one is made of
/// another thing.
pub fn barrier() -> Model {
    let worker = |me: usize| {
        let round = |round: usize| {
            let number = round.try_into().unwrap();
            let meet = [Do::Fetch(2, 1, 0), unless(0, 1, 2), store(2, 0), store(3, 1)];
            let before = std::iter::once(store(me, number)).chain(meet);
            before.chain([until(3, 1), load(1 - me, round)])
        };
        (1..=2).flat_map(round).collect()
    };
    let mut model = Model::new(vec![0; 4], 0, vec![worker(0), worker(1)]);
    model.wrong =
        Box::new(|state| state.threads.iter().any(|it| it.registers[1] < 1 || it.registers[2] < 2));
    model
}
