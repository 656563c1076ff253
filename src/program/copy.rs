//! Copies of a few numbers: a call to copy them costs more than they do.

/// `to = from`, of one length.
#[inline(always)]
pub fn copy(from: &[f64], to: &mut [f64]) {
    let n = to.len();
    assert_eq!(from.len(), n, "as many as there is room for");
    match n {
        0 => {}
        1 => to[0] = from[0],
        2..4 => ends::<2>(from, to),
        4..8 => ends::<4>(from, to),
        8..=16 => ends::<8>(from, to),
        _ => to.copy_from_slice(from),
    }
}

/// The first and the last few, which may overlap.
#[inline(always)]
fn ends<const FEW: usize>(from: &[f64], to: &mut [f64]) {
    let last = to.len() - FEW;
    if let (Some(to), Some(from)) = (to.first_chunk_mut::<FEW>(), from.first_chunk::<FEW>()) {
        *to = *from;
    }
    if let (Some(to), Some(from)) = (to[last..].first_chunk_mut::<FEW>(), from[last..].first_chunk::<FEW>()) {
        *to = *from;
    }
}

#[cfg(test)]
mod tests {
    use super::copy;

    #[test]
    fn every_number_arrives_in_its_place() {
        for n in 0..40 {
            let from: Vec<f64> = (0..n).map(|i| i as f64 + 0.5).collect();
            let mut to = vec![-1.0; n];
            copy(&from, &mut to);
            assert_eq!(to, from);
        }
    }
}
