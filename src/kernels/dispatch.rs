//! The same loop for several widths of vector registers, chosen when the program runs.
//!
//! Kernels are ordinary inlined functions; a [`Work`] wraps a loop over them, and [`run`] compiles that loop three
//! times: for AVX-512, for AVX2 with FMA, and for whatever the build itself assumes. Nothing here knows what a loop
//! computes. Results do not depend on the width as long as the loop keeps to IEEE operations one element at a time
//! (LLVM neither reorders nor fuses them): `mul_add` is one rounding everywhere, by hardware or by library.
//!
//! The only unsafe code of the kernels is here: calling a function compiled for features that were just found, and asking
//! for memory before it is needed.

use std::sync::LazyLock;

/// A loop to be compiled for every width. Implementations and all they call are `#[inline(always)]`, or the loop
/// would run the code of the narrowest width.
pub trait Work {
    type Output;

    fn work(self) -> Self::Output;
}

/// A width this machine has. Can only be had from [`Width::best`] and [`Width::available`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Width(Level);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Baseline,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

static BEST: LazyLock<Width> = LazyLock::new(|| Width(detect()));

impl Width {
    /// The widest one.
    #[inline]
    pub fn best() -> Width {
        *BEST
    }

    /// All of them, narrowest first.
    pub fn available() -> Vec<Width> {
        let mut levels = vec![Level::Baseline];
        #[cfg(target_arch = "x86_64")]
        levels.extend([Level::Avx2, Level::Avx512]);
        levels.into_iter().map(Width).filter(|width| *width <= Width::best()).collect()
    }

    /// How many numbers a register holds.
    pub fn lanes(self) -> usize {
        match self.0 {
            Level::Baseline => 2,
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => 4,
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => 8,
        }
    }

    /// Whether `mul_add` is one instruction.
    pub fn is_fused(self) -> bool {
        self.0 != Level::Baseline || cfg!(any(target_feature = "fma", target_arch = "aarch64"))
    }

    /// Its name, for reports.
    pub fn name(self) -> &'static str {
        match self.0 {
            Level::Baseline => "baseline",
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => "AVX2",
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => "AVX-512",
        }
    }
}

#[cfg(target_arch = "x86_64")]
fn detect() -> Level {
    let has_avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
    let has_avx512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl");
    match (has_avx2, has_avx512) {
        (true, true) => Level::Avx512,
        (true, false) => Level::Avx2,
        _ => Level::Baseline,
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn detect() -> Level {
    Level::Baseline
}

/// Runs `work` with the widest registers.
#[inline]
pub fn run<W: Work>(work: W) -> W::Output {
    run_on(Width::best(), work)
}

/// Runs `work` with registers of a certain width.
#[inline]
pub fn run_on<W: Work>(width: Width, work: W) -> W::Output {
    match width.0 {
        Level::Baseline => work.work(),
        // SAFETY: a `Width` of this level exists only where `detect` found avx2 and fma.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { with_avx2(work) },
        // SAFETY: a `Width` of this level exists only where `detect` found avx512f, avx512dq, avx512vl, avx2 and fma.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { with_avx512(work) },
    }
}

/// Runs `work` on a single number. One number gains nothing from registers wider than AVX2's, only from FMA.
#[inline]
pub fn run_single<W: Work>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    if Width::best().0 >= Level::Avx2 {
        // SAFETY: every level from this one on implies avx2 and fma.
        return unsafe { with_avx2(work) };
    }
    work.work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn with_avx2<W: Work>(work: W) -> W::Output {
    work.work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx2,fma")]
fn with_avx512<W: Work>(work: W) -> W::Output {
    work.work()
}

/// Asks for elements that will be read soon, where such a thing exists; for those that are there.
#[inline(always)]
pub fn prefetch(data: &[f64], from: usize, count: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let end = (from + count).min(data.len());
        let mut at = from;
        while at < end {
            // SAFETY: the address is that of an element; a prefetch reads and changes nothing that could be observed.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(&data[at]).cast()) };
            at += LINE;
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (data, from, count);
}

/// Elements of a cache line.
#[cfg(target_arch = "x86_64")]
const LINE: usize = 8;

/// A function of one element. A trait of its own and not `Fn`: the compiler inlines a closure or function only where it
/// finds it small, and one that stays outside the loop runs the code of the narrowest width.
pub trait Kernel: Copy {
    type Input;
    type Output;

    /// The function at one place. Implementations are `#[inline(always)]`.
    fn at(self, input: Self::Input) -> Self::Output;
}

/// `y[i] = kernel(x[i])`. Slices of different length are a mistake of the caller and panic.
pub struct Map1<'a, K> {
    pub kernel: K,
    pub x: &'a [f64],
    pub y: &'a mut [f64],
}

impl<K: Kernel<Input = f64, Output = f64>> Work for Map1<'_, K> {
    type Output = ();

    #[inline(always)]
    fn work(self) {
        assert_eq!(self.x.len(), self.y.len(), "one result an element");
        for (y, x) in self.y.iter_mut().zip(self.x) {
            *y = self.kernel.at(*x);
        }
    }
}

/// `y[i] = kernel(a[i], b[i])`. Slices of different length are a mistake of the caller and panic.
pub struct Map2<'a, K> {
    pub kernel: K,
    pub a: &'a [f64],
    pub b: &'a [f64],
    pub y: &'a mut [f64],
}

impl<K: Kernel<Input = (f64, f64), Output = f64>> Work for Map2<'_, K> {
    type Output = ();

    #[inline(always)]
    fn work(self) {
        assert!(self.a.len() == self.y.len() && self.b.len() == self.y.len(), "one result a pair of elements");
        for ((y, a), b) in self.y.iter_mut().zip(self.a).zip(self.b) {
            *y = self.kernel.at((*a, *b));
        }
    }
}

/// `(y[i], z[i]) = kernel(x[i])`. Slices of different length are a mistake of the caller and panic.
pub struct MapToTwo<'a, K> {
    pub kernel: K,
    pub x: &'a [f64],
    pub y: &'a mut [f64],
    pub z: &'a mut [f64],
}

impl<K: Kernel<Input = f64, Output = (f64, f64)>> Work for MapToTwo<'_, K> {
    type Output = ();

    #[inline(always)]
    fn work(self) {
        assert!(self.x.len() == self.y.len() && self.x.len() == self.z.len(), "two results an element");
        for ((y, z), x) in self.y.iter_mut().zip(self.z).zip(self.x) {
            (*y, *z) = self.kernel.at(*x);
        }
    }
}

/// `kernel(input)` once.
pub struct Single<K: Kernel> {
    pub kernel: K,
    pub input: K::Input,
}

impl<K: Kernel> Work for Single<K> {
    type Output = K::Output;

    #[inline(always)]
    fn work(self) -> K::Output {
        self.kernel.at(self.input)
    }
}
