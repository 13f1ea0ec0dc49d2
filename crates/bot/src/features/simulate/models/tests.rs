//! The models against what theory says, and against themselves.

use rand::SeedableRng;

use super::queue::erlang_c;
use super::{Birthday, Chance, Dice, Epidemic, Model, Queue, Walk};
use crate::features::simulate::tally::{Tally, share};

fn run(model: &Model, trials: u32, seed: u64) -> Tally {
    let mut chance = Chance::seed_from_u64(seed);
    let mut tally = model.tally();
    for _ in 0..trials {
        model.try_once(&mut chance, &mut tally);
    }
    assert_eq!(tally.trials, u64::from(trials));
    tally
}

#[test]
fn the_same_seed_gives_the_same_trials_and_another_gives_others() {
    for model in Model::all() {
        let one = run(&model, 50, 7);
        assert_eq!(one, run(&model, 50, 7), "{model:?}");
        assert_ne!(one, run(&model, 50, 8), "{model:?}");
    }
}

/// The very numbers: a new version of a library must not change what a seed gives.
#[test]
fn a_seed_gives_the_same_on_every_machine() {
    let tally = run(&Model::Dice(Dice::default()), 1000, 42);
    assert_eq!(
        tally.counts[2..=12],
        [27, 62, 88, 127, 139, 151, 141, 115, 74, 54, 22]
    );
}

#[test]
fn two_dice_have_a_mean_of_seven_and_every_sum_between_two_and_twelve() {
    let tally = run(&Model::Dice(Dice::default()), 50_000, 1);
    assert!((tally.numbers[0].mean - 7.0).abs() < 3.0 * tally.numbers[0].margin() / 1.96);
    assert!(tally.counts[2..=12].iter().all(|count| *count > 0));
    assert_eq!(tally.counts[..2], [0, 0]);
    assert_eq!(tally.counts.iter().sum::<u64>(), 50_000);
}

#[test]
fn a_fair_walk_ends_where_it_began_on_average_and_spreads_with_the_root_of_its_steps() {
    let tally = run(&Model::Walk(Walk::default()), 5000, 1);
    let end = tally.numbers[0];
    assert!(end.mean.abs() < 3.0 * end.margin(), "{end:?}");
    assert!(
        (end.deviation() / 1000.0_f64.sqrt() - 1.0).abs() < 0.05,
        "{end:?}"
    );
    assert_eq!(tally.curves[0].len(), 101);
    assert!((tally.curves[0][100].mean - end.mean).abs() < 1e-9);
}

#[test]
fn of_23_people_two_share_a_birthday_in_half_of_all_cases() {
    let birthday = Birthday::default();
    assert!((birthday.exact(23) - 0.507_297).abs() < 1e-6);
    assert!((birthday.exact(366) - 1.0).abs() < 1e-12);
    let tally = run(&Model::Birthday(birthday), 20_000, 1);
    let hits: u64 = tally.counts[..=23].iter().sum();
    let (_, low, high) = share(hits, tally.trials);
    assert!(low < 0.5073 && 0.5073 < high, "{low} {high}");
}

#[test]
fn darts_find_pi() {
    let [.., pi, _, _] = Model::all();
    let tally = run(&pi, 200_000, 1);
    let (_, low, high) = share(tally.counts[1], tally.trials);
    assert!(4.0 * low < std::f64::consts::PI && std::f64::consts::PI < 4.0 * high);
    assert_eq!(tally.sample.len(), 125);
}

#[test]
fn an_epidemic_loses_nobody_and_grows_with_its_spread() {
    let of = |spread| {
        run(
            &Model::Epidemic(Epidemic {
                spread,
                ..Epidemic::default()
            }),
            40,
            1,
        )
    };
    let (calm, wild) = (of(0.5), of(4.0));
    assert!(calm.numbers[0].mean < 0.1 && wild.numbers[0].mean > 0.9);
    for day in 0..wild.curves[0].len() {
        let people: f64 = wild.curves.iter().map(|curve| curve[day].mean).sum();
        assert!((people - 1000.0).abs() < 1e-6);
    }
}

#[test]
fn a_queue_waits_as_long_as_theory_says() {
    assert!(
        (erlang_c(1, 0.8) - 0.8).abs() < 1e-12,
        "at one counter it is the load"
    );
    assert!((erlang_c(2, 1.0) - 1.0 / 3.0).abs() < 1e-12);
    let queue = Queue {
        customers: 5000,
        ..Queue::default()
    };
    let tally = run(&Model::Queue(queue), 200, 1);
    let expected = queue.expected_wait().unwrap();
    let wait = tally.numbers[0];
    assert!(
        (wait.mean / expected - 1.0).abs() < 0.08,
        "{} instead of {expected}",
        wait.mean
    );
    assert_eq!(tally.counts.iter().sum::<u64>(), 200 * 5000);
    let last = tally.sample.last().unwrap();
    assert!(last.1.abs() < f32::EPSILON, "all have left in the end");
    assert_eq!(
        Queue {
            arrivals: 60.0,
            ..queue
        }
        .expected_wait(),
        None
    );
}

#[test]
fn every_setting_at_its_bounds_can_be_tried() {
    for model in Model::all() {
        for pick_most in [false, true] {
            let mut model = model.clone();
            let mut words = String::new();
            for setting in model.settings() {
                let value = if pick_most { setting.most } else { setting.least };
                words += &format!("{}={value} ", setting.name);
            }
            let settings = crate::features::simulate::settings::Settings::parse(&words, model.settings());
            model.configure(&settings.unwrap());
            let tally = run(&model, 2, 3);
            assert_eq!(tally.trials, 2, "{model:?}");
            assert!(model.cost() > 0);
        }
    }
}
