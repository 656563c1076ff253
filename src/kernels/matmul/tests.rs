use super::{Factor, matmul_on};
use crate::kernels::dispatch::Width;
use crate::tensor::{Shape, permuted};

/// Elements that are no whole numbers, without a pattern.
fn numbers(count: usize, by: f64) -> Vec<f64> {
    (1..=count).map(|i| (i as f64 * by).fract() - 0.5).collect()
}

fn product(width: Width, a: (&Shape, &[f64], bool), b: (&Shape, &[f64], bool), size: usize) -> Vec<f64> {
    let factor = |(shape, data, is_turned)| Factor { shape, data, is_turned };
    let mut out = vec![f64::NAN; size];
    matmul_on(width, factor(a), factor(b), &mut out);
    out
}

/// The data of a matrix with its rows and columns exchanged.
fn turned(data: &[f64], rows: usize, columns: usize) -> Vec<f64> {
    let mut out = vec![0.0; data.len()];
    permuted(&Shape::new([rows, columns]), data, &[1, 0], &mut out);
    out
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

const SIZES: [(usize, usize, usize); 18] = [
    (1, 1, 1),
    (1, 9, 1),
    (1, 21, 300),
    (300, 21, 1),
    (5, 2, 2),
    (3, 40, 7),
    (4, 4, 4),
    (2, 700, 3),
    (9, 8, 8),
    (16, 16, 16),
    (7, 33, 25),
    (70, 33, 11),
    (200, 4, 4),
    (2, 600, 50),
    (50, 1100, 9),
    (130, 17, 100),
    (27, 515, 41),
    (3, 5, 1600),
];

#[test]
fn products_of_every_shape_follow_the_definition() {
    for (m, n, k) in SIZES {
        // whole numbers: every order of the additions gives the same
        let a: Vec<f64> = (0..m * n).map(|i| (i % 7) as f64 - 3.0).collect();
        let b: Vec<f64> = (0..n * k).map(|i| (i % 5) as f64 - 1.0).collect();
        let (shape_a, shape_b) = (Shape::new([m, n]), Shape::new([n, k]));
        for width in Width::available() {
            let found = product(width, (&shape_a, &a, false), (&shape_b, &b, false), m * k);
            for (at, &found) in found.iter().enumerate() {
                let element: f64 = (0..n).map(|p| a[at / k * n + p] * b[p * k + at % k]).sum();
                assert_eq!(found, element, "{m} x {n} x {k} on {}, element {at}", width.name());
            }
        }
    }
}

#[test]
fn neither_the_width_nor_the_order_in_memory_changes_a_bit() {
    for (m, n, k) in SIZES {
        let (a, b) = (numbers(m * n, 0.618_033_988_75), numbers(n * k, 0.754_877_666_25));
        let (shape_a, shape_b) = (Shape::new([m, n]), Shape::new([n, k]));
        let best = product(Width::best(), (&shape_a, &a, false), (&shape_b, &b, false), m * k);
        let (turned_a, turned_b) = (turned(&a, m, n), turned(&b, n, k));
        for width in Width::available() {
            for (by_a, by_b) in [(false, false), (true, false), (false, true), (true, true)] {
                let a = if by_a { &turned_a } else { &a };
                let b = if by_b { &turned_b } else { &b };
                let found = product(width, (&shape_a, a, by_a), (&shape_b, b, by_b), m * k);
                if width.is_fused() {
                    assert_eq!(bits(&found), bits(&best), "{m} x {n} x {k} on {}", width.name());
                } else {
                    // two roundings instead of one a step, of terms below 1/4
                    let close = found.iter().zip(&best).all(|(x, y)| (x - y).abs() <= 1e-16 * n as f64);
                    assert!(close, "{m} x {n} x {k} on {}", width.name());
                }
            }
        }
    }
}

#[test]
fn a_stack_is_its_products_one_by_one() {
    for (m, n, k) in [(4, 4, 4), (3, 5, 9), (1, 6, 5), (6, 5, 1), (40, 30, 70)] {
        let (a, b) = (numbers(6 * m * n, 0.618_033_988_75), numbers(2 * n * k, 0.754_877_666_25));
        let (stack_a, stack_b) = (Shape::new([3, 2, m, n]), Shape::new([2, n, k]));
        let found = product(Width::best(), (&stack_a, &a, false), (&stack_b, &b, false), 6 * m * k);
        let (shape_a, shape_b) = (Shape::new([m, n]), Shape::new([n, k]));
        for (i, found) in found.chunks(m * k).enumerate() {
            let (a, b) = (&a[i * m * n..][..m * n], &b[i % 2 * n * k..][..n * k]);
            let alone = product(Width::best(), (&shape_a, a, false), (&shape_b, b, false), m * k);
            assert_eq!(bits(found), bits(&alone), "{m} x {n} x {k}, product {i}");
        }
    }
}

#[test]
fn what_is_no_number_flows_as_ieee_says() {
    for (m, n, k) in [(1, 3, 20), (20, 3, 1), (2, 3, 4), (9, 30, 30), (60, 60, 60)] {
        let (shape_a, shape_b) = (Shape::new([m, n]), Shape::new([n, k]));
        let (mut a, mut b) = (vec![1.0; m * n], vec![1.0; n * k]);
        // row 0 holds 0, which meets an infinity in column 0 and a NaN in the last one
        a[1] = 0.0;
        b[k] = f64::INFINITY;
        b[2 * k - 1] = f64::NAN;
        let found = product(Width::best(), (&shape_a, &a, false), (&shape_b, &b, false), m * k);
        for (at, found) in found.iter().enumerate() {
            let (i, j) = (at / k, at % k);
            match (i, j) {
                (_, j) if j == k - 1 => assert!(found.is_nan(), "{m} x {n} x {k}, element {at}"),
                (0, 0) => assert!(found.is_nan(), "0 times infinity"),
                (_, 0) => assert_eq!(*found, f64::INFINITY),
                (i, _) => assert_eq!(*found, (n - usize::from(i == 0)) as f64),
            }
        }
    }
}

#[test]
fn an_empty_inner_length_gives_zeros() {
    let (a, b) = (Shape::new([2, 0]), Shape::new([0, 3]));
    assert_eq!(product(Width::best(), (&a, &[], false), (&b, &[], false), 6), [0.0; 6]);
}
