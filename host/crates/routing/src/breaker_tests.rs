//! What a breaker keeps to.

use proptest::prelude::*;

use super::*;

const SECOND: Duration = Duration::from_secs(1);
const IN_A_ROW: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_secs(6);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

fn success(took: Duration) -> Success {
    Success { took, size: None, since: 0.0 }
}

/// A breaker and the time, in which calls begin and end at once.
struct World {
    breaker: Breaker,
    now: Instant,
}

impl World {
    fn new() -> Self {
        Self::with(BreakerSettings::default())
    }

    fn with(settings: BreakerSettings) -> Self {
        Self { breaker: Breaker::new("provider/model").with_settings(settings), now: Instant::now() }
    }

    fn call(&mut self, succeeds: bool) {
        self.now += SECOND / 20;
        let trial = self.breaker.begin(self.now);
        if succeeds {
            self.breaker.succeeded(trial, self.now, success(SECOND));
        } else {
            self.breaker.failed(trial, Grade::Bad, self.now, None);
        }
    }

    fn health(&self) -> Health {
        self.breaker.health(self.now)
    }

    /// Fails until it opens, and gives for how long.
    fn open(&mut self) -> Duration {
        for _ in 0..IN_A_ROW {
            self.call(false);
            if let Health::Open { retry_in: pause, .. } = self.health() {
                return pause;
            }
        }
        panic!("it does not open: {:?}", self.health());
    }

    fn wait_for_probation(&mut self) {
        let Health::Open { retry_in: pause, .. } = self.health() else { panic!("it is not open: {:?}", self.health()) };
        self.now += pause;
        assert_eq!(self.health(), Health::Probation);
    }
}

#[test]
fn it_opens_after_failures_in_a_row_and_not_for_one_in_twenty() {
    let mut world = World::new();
    for number in 0..1000 {
        world.call(number % 20 != 0);
        assert_eq!(world.health(), Health::Closed, "{number}");
    }
    assert_about(world.open(), FIRST_PAUSE);
}

/// It is as long as that, but for the noise.
fn assert_about(pause: Duration, middle: Duration) {
    let (shortest, longest) = (middle.mul_f64(1.0 - JITTER), middle.mul_f64(1.0 + JITTER));
    assert!((shortest..=longest).contains(&pause), "{pause:?}, {middle:?}");
}

#[test]
fn it_opens_for_one_that_fails_two_times_in_five() {
    let mut world = World::new();
    let calls = (0..).take_while(|number| {
        world.call(number % 5 > 1);
        world.health() == Health::Closed
    });
    let calls = calls.count();
    assert!(calls <= 20, "it took {calls} calls");
}

#[test]
fn half_failures_count_for_half() {
    let world = World::new();
    let opens_at = (1..).find(|_| {
        let trial = world.breaker.begin(world.now);
        matches!(world.breaker.failed(trial, Grade::Half, world.now, Some(SECOND * 20)), Verdict::Opens(_))
    });
    assert!(opens_at.is_some_and(|calls| calls > IN_A_ROW && calls <= 2 * IN_A_ROW), "{opens_at:?}");
    assert_eq!(world.health(), Health::Open { retry_in: SECOND * 20, last_resort_in: GAP });
}

#[test]
fn the_pause_doubles_with_each_failed_trial_and_has_an_end() {
    let mut world = World::new();
    let mut last = world.open();
    for number in 1..12 {
        world.wait_for_probation();
        world.call(false);
        let Health::Open { retry_in: pause, .. } = world.health() else { panic!("one failed trial is enough") };
        assert_about(pause, (FIRST_PAUSE * (1 << number.min(5))).min(LONGEST_PAUSE));
        last = pause;
    }
    assert_about(last, LONGEST_PAUSE);
}

#[test]
fn the_settings_say_what_is_too_much_and_how_long_a_pause_is() {
    let default = BreakerSettings::default();
    let calls_until_open = |settings, succeeds: fn(u32) -> bool| {
        let mut world = World::with(settings);
        (0..100).position(|number| {
            world.call(succeeds(number));
            world.health() != Health::Closed
        })
    };
    for failures_in_a_row in [1, 2, 4] {
        let settings = BreakerSettings { failures_in_a_row, ..default };
        assert_eq!(calls_until_open(settings, |_| false), Some(failures_in_a_row as usize - 1));
    }
    let half = |number: u32| number.is_multiple_of(2);
    assert!(calls_until_open(default, half).is_some());
    assert_eq!(calls_until_open(BreakerSettings { failure_share: 0.6, ..default }, half), None);
    assert_eq!(calls_until_open(BreakerSettings { is_enabled: false, ..default }, |_| false), None);

    let mut world = World::with(BreakerSettings { first_pause: SECOND * 20, longest_pause: SECOND * 30, ..default });
    assert_about(world.open(), SECOND * 20);
    world.wait_for_probation();
    world.call(false);
    let Health::Open { retry_in: pause, .. } = world.health() else { panic!("one failed trial is enough") };
    assert_about(pause, SECOND * 30);
    World::with(BreakerSettings { first_pause: Duration::MAX, longest_pause: Duration::MAX, ..default }).open();
}

#[test]
fn one_success_closes_nothing_and_five_do() {
    let mut world = World::new();
    world.open();
    world.wait_for_probation();
    for _ in 1..ENOUGH {
        world.call(true);
        assert_eq!(world.health(), Health::Probation);
    }
    world.call(true);
    assert!(matches!(world.health(), Health::Ramp { share } if (0.1..0.11).contains(&share)), "{:?}", world.health());
    world.now += RAMP / 2;
    assert!(matches!(world.health(), Health::Ramp { share } if (0.5..0.6).contains(&share)), "{:?}", world.health());
    world.now += RAMP;
    assert_eq!(world.health(), Health::Closed);
}

#[test]
fn what_fails_again_while_it_comes_back_is_left_alone_for_longer() {
    let mut world = World::new();
    world.open();
    world.wait_for_probation();
    (0..ENOUGH).for_each(|_| world.call(true));
    assert_about(world.open(), FIRST_PAUSE * 2);
    // One that was well for a while begins anew.
    world.wait_for_probation();
    (0..ENOUGH).for_each(|_| world.call(true));
    world.now += RAMP * 2;
    assert_about(world.open(), FIRST_PAUSE);
}

#[test]
fn trials_are_few_at_a_time_and_more_with_each_success() {
    let mut world = World::new();
    world.open();
    world.wait_for_probation();
    let (breaker, now) = (&world.breaker, world.now);
    for at_a_time in [1, 2, 4, 4] {
        let trials: Vec<_> = (0..at_a_time)
            .map(|_| {
                assert_eq!(breaker.health(now), Health::Probation);
                breaker.begin(now)
            })
            .collect();
        assert_eq!(breaker.health(now), Health::Tried, "{at_a_time}");
        let (first, rest) = trials.split_first().unwrap();
        rest.iter().for_each(|trial| breaker.forget(*trial));
        breaker.succeeded(*first, now, success(SECOND));
    }
}

#[test]
fn what_is_found_well_without_a_call_is_tried_at_once() {
    let mut world = World::new();
    world.breaker.is_found_well(world.now);
    assert_eq!(world.health(), Health::Closed, "of what is well it changes nothing");
    world.open();
    world.breaker.is_found_well(world.now);
    assert_eq!(world.health(), Health::Probation);
    let trial = world.breaker.begin(world.now);
    world.breaker.is_found_well(world.now);
    assert_eq!(world.health(), Health::Tried, "a trial goes on");
    world.breaker.forget(trial);
}

#[test]
fn where_nobody_else_is_left_it_is_tried_once_in_a_second() {
    let mut world = World::new();
    world.open();
    for number in 1..5 {
        assert!(world.breaker.begin_last_resort(world.now + GAP * 9 / 10).is_none(), "{number}");
        world.now += GAP;
        let trial = world.breaker.begin_last_resort(world.now).unwrap();
        assert_eq!(world.health(), Health::Tried);
        assert!(world.breaker.begin_last_resort(world.now).is_none(), "one at a time");
        assert!(matches!(world.breaker.failed(trial, Grade::Bad, world.now, None), Verdict::Opens(_)));
    }
    world.now += GAP;
    let trial = world.breaker.begin_last_resort(world.now).unwrap();
    world.breaker.succeeded(trial, world.now, success(SECOND));
    assert_eq!(world.health(), Health::Probation, "its success counts");
    // One that wishes to be left alone for less than that may be tried as soon as it wishes.
    let trial = world.breaker.begin(world.now);
    world.breaker.failed(trial, Grade::Bad, world.now, Some(GAP / 2));
    world.now += GAP / 2;
    assert!(world.breaker.begin_last_resort(world.now).is_some());
}

#[test]
fn a_call_from_before_says_nothing_of_now() {
    let mut world = World::new();
    let old = world.breaker.begin(world.now);
    world.open();
    let opened = world.health();
    assert_eq!(world.breaker.failed(old, Grade::Bad, world.now, None), Verdict::Late);
    assert_eq!(world.health(), opened, "it is not left alone for longer");
    world.wait_for_probation();
    let trial = world.breaker.begin(world.now);
    assert_eq!(world.health(), Health::Tried);
    world.breaker.succeeded(old, world.now, success(SECOND));
    assert_eq!(world.health(), Health::Tried, "it gives no place back");
    assert!(matches!(world.breaker.failed(trial, Grade::Bad, world.now, None), Verdict::Opens(_)));
    // A trial of the probation before.
    world.wait_for_probation();
    let late = world.breaker.begin(world.now);
    assert!(matches!(world.breaker.failed(late, Grade::Bad, world.now, None), Verdict::Opens(_)));
    world.wait_for_probation();
    let _now = world.breaker.begin(world.now);
    world.breaker.forget(late);
    assert_eq!(world.health(), Health::Tried);
}

#[test]
fn a_success_of_a_call_from_before_ends_no_row_of_failures() {
    for (is_from_before, opens) in [(true, true), (false, false)] {
        let mut world = World::new();
        // What was done before, lest the share of failures is enough.
        (0..20).for_each(|_| world.call(true));
        let before = world.breaker.begin(world.now);
        (1..IN_A_ROW).for_each(|_| world.call(false));
        let served = if is_from_before { before } else { world.breaker.begin(world.now) };
        world.breaker.succeeded(served, world.now, success(SECOND));
        world.call(false);
        assert_eq!(matches!(world.health(), Health::Open { .. }), opens, "{:?}", world.health());
    }
}

#[test]
fn a_provider_may_say_when_it_wants_to_be_tried_and_not_never() {
    let mut world = World::new();
    for _ in 0..IN_A_ROW {
        let trial = world.breaker.begin(world.now);
        world.breaker.failed(trial, Grade::Bad, world.now, Some(SECOND * 60));
    }
    assert_eq!(world.health(), Health::Open { retry_in: SECOND * 60, last_resort_in: GAP });
    world.wait_for_probation();
    let trial = world.breaker.begin(world.now);
    world.breaker.failed(trial, Grade::Bad, world.now, Some(Duration::MAX));
    assert_eq!(world.health(), Health::Open { retry_in: LONGEST_WISH, last_resort_in: GAP });
}

/// One of which is known that calls take a second, and which was found slow.
fn found_slow() -> World {
    let mut world = World::new();
    (0..100).for_each(|_| world.call(true));
    assert!(world.breaker.is_found_slow(world.now, 2.0).is_some());
    assert!(world.breaker.is_found_slow(world.now, 2.0).is_none(), "it is no news");
    world
}

impl World {
    /// A trial, or a call because there is nobody else, that takes so long.
    fn takes(&mut self, took: Duration) -> Reward {
        let trial = self.breaker.try_begin(self.now).unwrap();
        self.now += took;
        self.breaker.succeeded(trial, self.now, success(took))
    }

    fn wait_while_slow(&mut self) {
        let Health::Slow { retry_in } = self.health() else { panic!("it is not slow: {:?}", self.health()) };
        self.now += retry_in;
        assert_eq!(self.health(), Health::Probation);
    }
}

#[test]
fn one_that_was_slow_is_well_when_it_is_as_fast_as_usual() {
    let mut world = found_slow();
    world.wait_while_slow();
    (1..ENOUGH).for_each(|_| assert_eq!(world.takes(SECOND), Reward::Counts));
    assert_eq!(world.takes(SECOND), Reward::Recovers);
    assert!(matches!(world.health(), Health::Ramp { .. }));
    let runner = world.breaker.runner().unwrap();
    assert_eq!(runner.pace.times(), Some(1.0), "what it was then is forgotten");
}

#[test]
fn one_that_is_as_slow_as_before_is_left_alone_again() {
    let mut world = found_slow();
    world.wait_while_slow();
    assert!(matches!(world.takes(SECOND * 5), Reward::Opens(_)), "one that takes far too long is enough");
    assert!(matches!(world.health(), Health::Slow { .. }));
    world.wait_while_slow();
    assert_eq!(world.takes(SECOND * 3), Reward::Counts, "one of twenty takes too long by chance");
    assert!(matches!(world.takes(SECOND * 3), Reward::Opens(_)));
    world.wait_while_slow();
    (1..ENOUGH).for_each(|_| assert_eq!(world.takes(SECOND), Reward::Counts));
    assert_eq!(world.takes(SECOND * 3), Reward::Counts);
    assert_eq!(world.takes(SECOND), Reward::Recovers);
}

#[test]
fn the_longer_a_trial_takes_the_sooner_the_next_one_begins() {
    let pause = |took| {
        let mut world = found_slow();
        world.wait_while_slow();
        match world.takes(took) {
            Reward::Opens(pause) => pause,
            other => panic!("it is slow: {other:?}"),
        }
    };
    let (short, long) = (SECOND * 5, SECOND * 8);
    assert_eq!(pause(short) - pause(long), long - short);
    assert_eq!(pause(SECOND * 100), GAP);
}

#[test]
fn where_there_is_nobody_else_one_that_is_slow_serves_all() {
    let mut world = found_slow();
    let opened = world.health();
    let calls: Vec<_> = (0..9).map(|_| world.breaker.try_begin(world.now).unwrap()).collect();
    for call in calls {
        assert_eq!(world.breaker.succeeded(call, world.now, success(SECOND * 9)), Reward::Late);
    }
    assert_eq!(world.health(), opened, "only trials decide");
    world.wait_while_slow();
    let _trial = world.breaker.try_begin(world.now).unwrap();
    assert_eq!(world.health(), Health::Slow { retry_in: Duration::ZERO });
    assert!(world.breaker.try_begin(world.now).is_some());
}

#[test]
fn one_that_is_slow_and_fails_is_left_alone_for_that() {
    let world = found_slow();
    for number in 1..=IN_A_ROW {
        let call = world.breaker.try_begin(world.now).unwrap();
        let verdict = world.breaker.failed(call, Grade::Bad, world.now, None);
        assert_eq!(matches!(verdict, Verdict::Opens(_)), number == IN_A_ROW, "{number}");
    }
    assert!(matches!(world.health(), Health::Open { .. }));
    assert!(world.breaker.try_begin(world.now).is_none() && world.breaker.runner().is_none());

    for is_disabled in [true, false] {
        let world = found_slow();
        if is_disabled {
            let call = world.breaker.begin(world.now);
            world.breaker.disabled(call, world.now, ErrorKind::Auth);
        } else {
            world.breaker.is_found_unwell(world.now, SECOND * 9);
        }
        assert!(world.breaker.try_begin(world.now).is_none() && world.breaker.runner().is_none());
    }
}

#[test]
fn an_operator_may_have_it_that_nobody_is_slow() {
    let slowdown = |settings| World::with(settings).breaker.runner().unwrap().slowdown;
    let default = BreakerSettings::default();
    assert_eq!(slowdown(default), Some(2.0));
    assert_eq!(slowdown(BreakerSettings { slowdown: 3.0, ..default }), Some(3.0));
    assert_eq!(slowdown(BreakerSettings { is_enabled: false, ..default }), None);
    assert_eq!(found_slow().breaker.runner().unwrap().slowdown, None, "it is found once");
}

proptest! {
    /// Whatever happens in whatever order: a place is never lost, and with time and successes it closes.
    #[test]
    fn whatever_happened_it_closes_again(steps in proptest::collection::vec((0_u8..4, 0_u64..4000), 0..200)) {
        let breaker = Breaker::new(7);
        let mut now = Instant::now();
        let mut trials = Vec::new();
        for (step, millis) in steps {
            now += Duration::from_millis(millis);
            match (step, trials.pop()) {
                (0, trial) => {
                    trials.extend(trial);
                    trials.push(breaker.begin(now));
                }
                (1, Some(trial)) => drop(breaker.succeeded(trial, now, success(SECOND))),
                (2, Some(trial)) => drop(breaker.failed(trial, Grade::Bad, now, None)),
                (_, Some(trial)) => breaker.forget(trial),
                (_, None) => {}
            }
        }
        trials.into_iter().for_each(|trial| breaker.forget(trial));
        for _ in 0..100 {
            now += LONGEST_PAUSE * 2;
            prop_assert!(breaker.health(now) != Health::Tried);
            let trial = breaker.begin(now);
            breaker.succeeded(trial, now, success(SECOND));
        }
        prop_assert_eq!(breaker.health(now), Health::Closed);
    }
}
