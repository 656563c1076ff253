//! The elementary functions against correctly rounded ones (CORE-MATH), on millions of arguments and every edge.
//!
//! The distance counted is that between two doubles: 0 means correctly rounded. A function with an error below
//! `ulps` units stays within `ulps + ½` of the rounded result, since that is itself up to half a unit off.
//! `cargo test --release --test elementary -- --nocapture` prints the table.

mod oracle;

use std::f64::consts::LN_2;

use gradtape::kernels::dispatch::Width;
use gradtape::kernels::elementary::{ONE_ARGUMENT, TWO_ARGUMENTS, point, slices};

use oracle::{Random, SEED, Tally, arguments, distance, oracle_of_one, oracle_of_two, pairs};

fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
}

#[test]
fn functions_keep_within_their_bounds() {
    println!("seed {SEED:#x}\nfunction     bound  worst   not rounded right");
    let mut failures = Vec::new();
    let arguments = arguments(SEED);
    let mut results = vec![0.0; arguments.len()];
    for function in ONE_ARGUMENT {
        let (oracle, extra) = oracle_of_one(function.name);
        (function.slice)(Width::best(), &arguments, &mut results);
        let mut tally = Tally::default();
        for (x, y) in arguments.iter().zip(&results) {
            tally.count(*y, oracle(*x), || format!("{}({x:e})", function.name));
        }
        let allowed = (function.ulps + 0.5).floor() as u64 + extra;
        failures.extend(tally.report(function.name, function.ulps, allowed).err());
    }
    let (a, b) = pairs(SEED);
    let mut results = vec![0.0; a.len()];
    for function in TWO_ARGUMENTS {
        let oracle = oracle_of_two(function.name);
        (function.slice)(Width::best(), &a, &b, &mut results);
        let mut tally = Tally::default();
        for ((a, b), y) in a.iter().zip(&b).zip(&results) {
            tally.count(*y, oracle(*a, *b), || format!("{}({a:e}, {b:e})", function.name));
        }
        failures.extend(tally.report(function.name, function.ulps, (function.ulps + 0.5).floor() as u64).err());
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn one_number_and_many_agree_to_the_last_bit_on_every_width() {
    let arguments = &arguments(SEED ^ 1)[..60_000];
    let mut results = vec![0.0; arguments.len()];
    for function in ONE_ARGUMENT {
        for width in Width::available() {
            (function.slice)(width, arguments, &mut results);
            for (x, y) in arguments.iter().zip(&results) {
                let one = (function.point)(*x);
                assert!(same(one, *y), "{}({x:e}): {one:e} alone, {y:e} with {}", function.name, width.name());
            }
        }
    }
    let (a, b) = pairs(SEED ^ 2);
    let (a, b) = (&a[..60_000], &b[..60_000]);
    for function in TWO_ARGUMENTS {
        for width in Width::available() {
            (function.slice)(width, a, b, &mut results[..a.len()]);
            for ((a, b), y) in a.iter().zip(b).zip(&results) {
                let one = (function.point)(*a, *b);
                assert!(same(one, *y), "{}({a:e}, {b:e}): {one:e} alone, {y:e} with {}", function.name, width.name());
            }
        }
    }
}

#[test]
fn sine_and_cosine_together_are_sine_and_cosine() {
    let arguments = arguments(SEED ^ 3);
    let (mut sine, mut cosine) = (vec![0.0; arguments.len()], vec![0.0; arguments.len()]);
    slices::sin_cos(&arguments, &mut sine, &mut cosine);
    for ((x, s), c) in arguments.iter().zip(&sine).zip(&cosine) {
        assert!(same(*s, point::sin(*x)) && same(*c, point::cos(*x)), "{x:e}");
        let (alone_s, alone_c) = point::sin_cos(*x);
        assert!(same(*s, alone_s) && same(*c, alone_c), "{x:e}");
    }
}

#[test]
fn two_functions_together_are_each_by_itself() {
    let arguments = arguments(SEED ^ 5);
    let (mut first, mut second) = (vec![0.0; arguments.len()], vec![0.0; arguments.len()]);
    slices::tanh_sech2(&arguments, &mut first, &mut second);
    for ((x, a), b) in arguments.iter().zip(&first).zip(&second) {
        assert!(same(*a, point::tanh(*x)) && same(*b, point::sech2(*x)), "tanh and sech2 of {x:e}");
        assert!(same(*a, point::tanh_sech2(*x).0) && same(*b, point::tanh_sech2(*x).1), "{x:e}");
    }
    slices::sigmoids(&arguments, &mut first, &mut second);
    for ((x, a), b) in arguments.iter().zip(&first).zip(&second) {
        assert!(same(*a, point::sigmoid(*x)) && same(*b, point::sigmoid(-*x)), "sigmoids of {x:e}");
        assert!(same(*a, point::sigmoids(*x).0) && same(*b, point::sigmoids(*x).1), "{x:e}");
    }
}

#[test]
fn what_is_exact_comes_out_exact() {
    assert_eq!(point::exp(0.0), 1.0);
    assert_eq!(point::log(1.0), 0.0);
    assert_eq!(point::cbrt(27.0), 3.0);
    assert_eq!(point::pow(2.0, 10.0), 1024.0);
    assert_eq!(point::sigmoid(0.0), 0.5);
    assert_eq!(point::sech2(0.0), 1.0);
    for n in 0..=22 {
        let power: f64 = format!("1e{n}").parse().unwrap();
        assert_eq!(point::pow(10.0, f64::from(n)), power);
        assert_eq!(point::exp10(f64::from(n)), power);
        assert_eq!(point::log10(power), f64::from(n));
    }
    for n in -1074..=1023 {
        let power = core_math::exp2(f64::from(n));
        assert_eq!(point::exp2(f64::from(n)), power);
        assert_eq!(point::pow(2.0, f64::from(n)), power);
        assert_eq!(point::log2(power), f64::from(n));
    }
    for n in -1000..=1000 {
        let n = f64::from(n);
        assert_eq!(point::cbrt(n * n * n), n);
        assert_eq!(point::pow(n, 3.0), n * n * n);
        assert_eq!(point::hypot(3.0 * n, 4.0 * n), 5.0 * n.abs());
    }
}

#[test]
fn squares_are_rounded_once() {
    let mut random = Random(SEED ^ 4);
    for _ in 0..100_000 {
        let x = random.argument();
        assert!(same(point::pow(x, 2.0), x * x), "{x:e}");
    }
}

/// Where no correctly rounded function is at hand: values of MPFR with 200 bits, rounded.
#[test]
fn logistic_functions_agree_with_mpfr() {
    #[track_caller]
    fn check(name: &str, got: f64, x: f64, want: f64) {
        assert!(distance(got, want) <= 1, "{name}({x}) = {got:e}, not {want:e}");
    }
    let rows = [
        (-745.2, [0.0, 0.0, -745.2, 0.0]),
        (-720.0, [2.0322308024e-313, 2.0322308024e-313, -720.0, 0.0]),
        (-372.5, [1.6799853363859867e-162, 1.6799853363859867e-162, -372.5, 1e-323]),
        (-40.0, [4.248354255291589e-18, 4.248354255291589e-18, -40.0, 7.219405551381661e-35]),
        (-36.9, [9.430476078526807e-17, 9.430476078526807e-17, -36.9, 3.5573551627066544e-32]),
        (-10.0, [4.5397868702434395e-05, 4.539889921686465e-05, -10.000045398899218, 8.244614455767397e-09]),
        (-2.5, [0.07585818002124355, 0.07888973429254963, -2.5788897342925496, 0.02659222668316062]),
        (-1.0, [0.2689414213699951, 0.3132616875182228, -1.3132616875182228, 0.4199743416140261]),
        (-0.3, [0.425557483188341, 0.5543552444685271, -0.8543552444685271, 0.9151369618266292]),
        (-1e-09, [0.49999999975, 0.6931471800599454, -0.6931471810599453, 1.0]),
        (0.0, [0.5, LN_2, -LN_2, 1.0]),
        (0.1, [0.52497918747894, 0.7443966600735709, -0.6443966600735709, 0.9900662908474398]),
        (0.7, [0.668187772168166, 1.103186048885458, -0.4031860488854579, 0.6347395899824586]),
        (1.5, [0.8175744761936437, 1.7014132779827524, -0.2014132779827524, 0.18070663892364852]),
        (5.0, [0.9933071490757152, 5.006715348489118, -0.006715348489118068, 0.0001815832309438067]),
        (18.5, [0.9999999907625504, 18.50000000923745, -9.237449619305356e-09, 3.413219050297626e-16]),
        (33.3, [0.9999999999999966, 33.3, -3.4513877443742103e-15, 4.764830944806616e-29]),
        (37.0, [0.9999999999999999, 37.0, -8.533047625744066e-17, 2.9125160713286574e-32]),
        (64.0, [1.0, 64.0, -1.603810890548638e-28, 1.028883749056966e-55]),
        (700.0, [1.0, 700.0, -9.85967654375977e-305, 0.0]),
    ];
    for (x, [sigmoid, softplus, log_sigmoid, sech2]) in rows {
        check("sigmoid", point::sigmoid(x), x, sigmoid);
        check("softplus", point::softplus(x), x, softplus);
        check("log_sigmoid", point::log_sigmoid(x), x, log_sigmoid);
        check("sech2", point::sech2(x), x, sech2);
    }
}
