//! What budgets keep to.

use std::thread;

use proptest::prelude::*;

use super::*;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// A time in the middle of an hour.
fn noon() -> SystemTime {
    UNIX_EPOCH + HOUR * 500_000 + HOUR / 2
}

fn fal() -> ProviderId {
    "fal".parse().unwrap()
}

fn budget(name: &str, limit: u64, period: Period) -> Budget {
    let limit = PicoUsd(limit);
    Budget { name: name.to_owned(), scope: None, capability: None, provider: None, limit, period }
}

fn reserve(budgets: &Budgets, high: u64, now: SystemTime) -> Result<Reservation, Refused> {
    budgets.reserve(&Scope::default(), Capability::Chat, &fal(), Some(PicoUsd(high)), now)
}

/// What is spent of the first budget, and reserved.
fn state(budgets: &Budgets) -> (u64, u64) {
    let account = budgets.0.lock()[0];
    (account.spent, account.reserved)
}

#[test]
fn what_is_reserved_is_settled_kept_or_given_back() {
    let budgets = Budgets::new(vec![budget("all", 1000, Period::HOUR)]).unwrap();
    let reserve = || reserve(&budgets, 100, noon()).unwrap();
    let first = reserve();
    assert_eq!(state(&budgets), (0, 100));
    first.settle(Some(PicoUsd(30)));
    assert_eq!(state(&budgets), (30, 0));
    reserve().settle(None);
    assert_eq!(state(&budgets), (130, 0));
    reserve().release();
    drop(reserve());
    assert_eq!(state(&budgets), (130, 0));
    let mut submitted = reserve();
    submitted.submitted();
    drop(submitted);
    assert_eq!(state(&budgets), (230, 0));
    let mut refused = reserve();
    refused.submitted();
    refused.release();
    assert_eq!(state(&budgets), (230, 0));
}

#[test]
fn a_call_falls_under_every_budget_that_names_nothing_else() {
    let named = |name: &str, scope: Option<&str>, capability, provider: Option<&str>| Budget {
        scope: scope.map(Scope::new),
        capability,
        provider: provider.map(|provider| provider.parse().unwrap()),
        ..budget(name, 1000, Period::DAY)
    };
    let budgets = Budgets::new(vec![
        named("all", None, None, None),
        named("a", Some("a"), None, None),
        named("b", Some("b"), None, None),
        named("chat", None, Some(Capability::Chat), None),
        named("a-chat-fal", Some("a"), Some(Capability::Chat), Some("fal")),
        named("a-fal", Some("a"), None, Some("fal")),
        named("other", None, None, Some("other")),
    ])
    .unwrap();
    let names = |scope: &str, capability, provider: &str| {
        let reserved =
            budgets.reserve(&Scope::new(scope), capability, &provider.parse().unwrap(), Some(PicoUsd(1)), noon());
        let mut names: Vec<_> = reserved.unwrap().spent().into_iter().map(|spent| spent.budget).collect();
        names.sort();
        names.join(" ")
    };
    assert_eq!(names("a", Capability::Chat, "fal"), "a a-chat-fal a-fal all chat");
    assert_eq!(names("b", Capability::Rerank, "other"), "all b other");
    assert_eq!(names("c", Capability::Chat, "fal"), "all chat");
}

#[test]
fn what_does_not_fit_into_one_budget_is_reserved_in_none() {
    let budgets = Budgets::new(vec![budget("large", 1000, Period::DAY), budget("small", 50, Period::HOUR)]).unwrap();
    let refused = reserve(&budgets, 60, noon()).unwrap_err();
    assert_eq!((refused.budget.as_str(), refused.asked, refused.retry_after()), ("small", Some(PicoUsd(60)), None));
    assert_eq!(state(&budgets), (0, 0));
}

#[test]
fn a_refusal_says_what_is_left_and_when_to_come_again() {
    let usd = |text: &str| text.parse::<PicoUsd>().unwrap().0;
    let budgets = Budgets::new(vec![budget("images", usd("10"), Period::HOUR)]).unwrap();
    reserve(&budgets, usd("9.5"), noon()).unwrap().settle(None);
    let _held = reserve(&budgets, usd("0.4"), noon()).unwrap();
    let refused = reserve(&budgets, usd("0.2"), noon()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "budget `images`: the call may cost $0.2; of $10 $9.5 is spent and $0.4 reserved; wait 0 h 30 min 0 s until it begins \
         anew, ask for less, or raise it"
    );
    assert_eq!((refused.retry_after(), refused.resets_at), (Some(HOUR / 2), Some(noon() + HOUR / 2)));
    let refused = reserve(&budgets, usd("11"), noon()).unwrap_err();
    assert!(refused.to_string().ends_with("may cost $11, and all of the budget is $10; ask for less, or raise it"));
    let budgets = Budgets::new(vec![budget("once", 5, Period::FOREVER)]).unwrap();
    reserve(&budgets, 5, noon()).unwrap().settle(None);
    let refused = reserve(&budgets, 1, noon() + HOUR * 1_000_000).unwrap_err();
    assert!(refused.to_string().contains("it never begins anew: ask for less"), "{refused}");
}

#[test]
fn a_price_that_is_not_known_is_refused_where_a_budget_holds_and_only_there() {
    let chat = Budget { capability: Some(Capability::Chat), ..budget("chat", 1000, Period::DAY) };
    let budgets = Budgets::new(vec![chat]).unwrap();
    let unknown = |capability| budgets.reserve(&Scope::default(), capability, &fal(), None, noon());
    let refused = unknown(Capability::Chat).unwrap_err();
    assert_eq!((refused.asked, refused.retry_after()), (None, None));
    assert!(refused.to_string().contains("is not known, and nothing can be reserved for it; pin a price"), "{refused}");
    unknown(Capability::Rerank).unwrap().settle(None);
    assert_eq!(state(&budgets), (0, 0));
}

#[test]
fn a_call_counts_for_the_window_in_which_it_began() {
    let budgets = Budgets::new(vec![budget("all", 100, Period::HOUR)]).unwrap();
    let straddles = reserve(&budgets, 100, noon()).unwrap();
    let later = noon() + HOUR;
    let next = reserve(&budgets, 40, later).unwrap();
    assert_ne!(straddles.spent()[0].from, next.spent()[0].from);
    straddles.settle(Some(PicoUsd(90)));
    assert_eq!(state(&budgets), (0, 40));
    next.settle(None);
    // A clock that is put back gives nothing twice.
    assert_eq!(reserve(&budgets, 100, noon()).unwrap_err().spent, PicoUsd(40));
    assert_eq!(state(&budgets), (40, 0));
}

#[test]
fn windows_follow_each_other_from_the_epoch_on() {
    let of = |period: Period| {
        let window = period.window(noon());
        let elapsed = |time: SystemTime| time.duration_since(noon() - HOUR / 2).unwrap();
        (elapsed(period.begin(window)), period.end(window).map(elapsed))
    };
    assert_eq!(of(Period::HOUR), (Duration::ZERO, Some(HOUR)));
    assert_eq!(of(Period::every(HOUR / 4)), (HOUR / 2, Some(HOUR / 4 * 3)));
    assert_eq!(Period::every(Duration::from_micros(1500)), Period::every(Duration::from_millis(1)));
    assert_eq!(of(Period::every(Duration::ZERO)).1, Some(HOUR / 2 + Duration::from_millis(1)));
    assert_eq!((Period::FOREVER.begin(0), Period::FOREVER.end(0)), (UNIX_EPOCH, None));
    assert_eq!(Period::DAY.begin(1), UNIX_EPOCH + HOUR * 24);
}

#[test]
fn a_restart_forgets_nothing_of_what_still_counts() {
    let list =
        || vec![budget("hour", 100, Period::HOUR), budget("day", 100, Period::DAY), budget("new", 100, Period::DAY)];
    let budgets = Budgets::new(list()).unwrap();
    reserve(&budgets, 30, noon()).unwrap().settle(None);
    let _under_way = reserve(&budgets, 20, noon()).unwrap();
    let kept: Vec<_> = budgets.spent().into_iter().filter(|spent| spent.budget != "new").collect();
    let text = serde_json::to_string(&kept).unwrap();
    let restarted = |now| {
        let budgets = Budgets::new(list()).unwrap();
        budgets.restore(&serde_json::from_str::<Vec<Spent>>(&text).unwrap(), now);
        let spent = reserve(&budgets, 0, now).map(|_| budgets.spent()).unwrap();
        spent.iter().map(|spent| spent.amount.0).collect::<Vec<_>>()
    };
    assert_eq!(restarted(noon()), [50, 50, 0]);
    assert_eq!(restarted(noon() + HOUR), [0, 50, 0]);
    // The clock was put back over the beginning of the hour.
    assert_eq!(restarted(noon() - HOUR), [50, 50, 0]);
    assert_eq!(restarted(noon() + HOUR * 48), [0, 0, 0]);
}

#[test]
fn two_budgets_have_two_names() {
    let error = Budgets::new(vec![budget("a", 1, Period::DAY), budget("a", 2, Period::HOUR)]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains("two are called `a`"), "{error}");
}

#[test]
fn many_at_one_time_spend_no_more_than_there_is() {
    let budgets =
        Budgets::new(vec![budget("day", 10_000, Period::DAY), budget("once", 9_000, Period::FOREVER)]).unwrap();
    let spenders: Vec<_> = (0..8_u64)
        .map(|spender| {
            let budgets = budgets.clone();
            thread::spawn(move || {
                let (mut spent, mut refusals) = (0, 0);
                for call in 0..2000_u64 {
                    let Ok(mut held) = reserve(&budgets, 10, noon()) else {
                        refusals += 1;
                        continue;
                    };
                    let (day, once) = {
                        let accounts = budgets.0.lock();
                        (accounts[0], accounts[1])
                    };
                    assert!(day.spent + day.reserved <= 10_000 && once.spent + once.reserved <= 9_000);
                    match (call + spender) % 4 {
                        0 => held.release(),
                        1 => {
                            held.settle(Some(PicoUsd(3)));
                            spent += 3;
                        }
                        2 => {
                            held.submitted();
                            drop(held);
                            spent += 10;
                        }
                        _ => drop(held),
                    }
                }
                (spent, refusals)
            })
        })
        .collect();
    let results: Vec<_> = spenders.into_iter().map(|spender| spender.join().unwrap()).collect();
    let spent: u64 = results.iter().map(|(spent, _)| spent).sum();
    assert_eq!(state(&budgets), (spent, 0));
    assert!(spent <= 9_000 && spent > 8_900 && results.iter().any(|&(_, refusals)| refusals > 0), "{results:?}");
}

/// What may happen to budgets.
#[derive(Debug, Clone)]
enum Step {
    Reserve { scope: bool, high: u64 },
    Settle { which: usize, thousandths: u64 },
    Release { which: usize },
    Abandon { which: usize, submitted: bool },
    Wait { minutes: u64 },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (any::<bool>(), 0..60_u64).prop_map(|(scope, high)| Step::Reserve { scope, high }),
        2 => (any::<usize>(), 0..=1000_u64).prop_map(|(which, thousandths)| Step::Settle { which, thousandths }),
        1 => any::<usize>().prop_map(|which| Step::Release { which }),
        1 => (any::<usize>(), any::<bool>()).prop_map(|(which, submitted)| Step::Abandon { which, submitted }),
        1 => (0..50_u64).prop_map(|minutes| Step::Wait { minutes }),
    ];
    prop::collection::vec(step, 1..120)
}

/// What is known of a call: whether it has the scope, when it began, and what it holds or has cost.
#[derive(Debug)]
struct Known {
    scope: bool,
    at: SystemTime,
    amount: u64,
}

proptest! {
    #[test]
    fn the_books_are_right_and_no_limit_is_passed(steps in steps()) {
        let limits = [100, 70, 250];
        let list = vec![
            budget("hour", limits[0], Period::HOUR),
            Budget { scope: Some(Scope::new("a")), ..budget("a", limits[1], Period::every(HOUR / 3)) },
            budget("once", limits[2], Period::FOREVER),
        ];
        let budgets = Budgets::new(list.clone()).unwrap();
        let mut now = noon();
        let (mut open, mut ended): (Vec<(Known, Reservation)>, Vec<Known>) = (Vec::new(), Vec::new());
        // What counts now for a budget, of calls that are open or have ended.
        let used = |index: usize, calls: &mut dyn Iterator<Item = &Known>, now| -> u64 {
            let period = list[index].period;
            let counts = |call: &&Known| (index != 1 || call.scope) && period.window(call.at) == period.window(now);
            calls.filter(counts).map(|call| call.amount).sum()
        };
        for step in steps {
            match step {
                Step::Reserve { scope, high } => {
                    let fits = (0..3).filter(|&index| index != 1 || scope).all(|index| {
                        used(index, &mut open.iter().map(|(call, _)| call).chain(&ended), now) + high <= limits[index]
                    });
                    let named = if scope { Scope::new("a") } else { Scope::default() };
                    let reserved = budgets.reserve(&named, Capability::Chat, &fal(), Some(PicoUsd(high)), now);
                    prop_assert_eq!(reserved.is_ok(), fits);
                    open.extend(reserved.ok().map(|reserved| (Known { scope, at: now, amount: high }, reserved)));
                }
                Step::Wait { minutes } => now += Duration::from_secs(60 * minutes),
                Step::Settle { which, .. } | Step::Release { which } | Step::Abandon { which, .. } if !open.is_empty() => {
                    let (mut call, mut held) = open.swap_remove(which % open.len());
                    match step {
                        Step::Settle { thousandths, .. } => {
                            call.amount = call.amount * thousandths / 1000;
                            held.settle(Some(PicoUsd(call.amount)));
                        }
                        Step::Abandon { submitted: true, .. } => {
                            held.submitted();
                            drop(held);
                        }
                        Step::Abandon { .. } => call.amount = 0,
                        _ => {
                            call.amount = 0;
                            held.release();
                        }
                    }
                    ended.push(call);
                }
                _ => {}
            }
            for (index, account) in budgets.0.lock().iter().enumerate() {
                prop_assert!(account.spent + account.reserved <= limits[index]);
                if account.window == list[index].period.window(now) {
                    prop_assert_eq!(account.spent, used(index, &mut ended.iter(), now));
                    prop_assert_eq!(account.reserved, used(index, &mut open.iter().map(|(call, _)| call), now));
                }
            }
        }
    }
}
