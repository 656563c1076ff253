//! Where big values lie: on cache lines of their own, and in huge pages.
//!
//! Elements of a `Rc<[f64]>` follow two counters of 8 bytes, and what the system gives begins 16 bytes behind a page. A
//! vector register of 64 bytes would straddle two cache lines at every load and store: passes over big tensors lose an
//! eighth by it. So a big block begins 48 bytes behind a line, its elements on one. Blocks of several megabytes are
//! advised to lie in huge pages, whose first touch costs a third (Linux only).

use std::alloc::{GlobalAlloc, Layout, System};

/// The system's memory, big blocks shifted.
struct Shifted;

#[global_allocator]
static MEMORY: Shifted = Shifted;

/// Smaller blocks come as the system gives them.
const BIG: usize = 16 << 10;

/// From this size on, huge pages.
const HUGE: usize = 4 << 20;

const LINE: usize = 64;

/// Bytes of a reference-counted slice before its elements.
const COUNTERS: usize = 16;

/// The alignment of the system's memory. A block is shifted by a multiple of it, at least by one: the shift is noted there.
const GRAIN: usize = 16;

fn is_shifted(layout: Layout) -> bool {
    layout.size() >= BIG && layout.align() <= GRAIN
}

/// A block with room for its shift.
fn padded(size: usize) -> Layout {
    // SAFETY: the alignment is a power of two, and sizes of layouts are at most isize::MAX less their alignment; the
    // system refuses what the padding takes beyond.
    unsafe { Layout::from_size_align_unchecked(size.saturating_add(LINE), GRAIN) }
}

/// Shifts a fresh block of the system's; null stays null.
///
/// # Safety
/// `base` is null or begins a block of at least `size + LINE` bytes that is aligned to `GRAIN`.
unsafe fn shifted(base: *mut u8, size: usize) -> *mut u8 {
    if base.is_null() {
        return base;
    }
    let first = base as usize + GRAIN;
    let shift = GRAIN + (LINE - COUNTERS).wrapping_sub(first) % LINE;
    // SAFETY: addresses and LINE are multiples of GRAIN, so the shift is one of 16, 32, 48 and 64: the block of `size`
    // bytes that begins there ends within the padded one, and the note of 8 bytes stands between the two beginnings.
    unsafe {
        let block = base.add(shift);
        block.cast::<usize>().sub(1).write(shift);
        advise_huge_pages(block, size);
        block
    }
}

/// The beginning of the system's block.
///
/// # Safety
/// `block` came from [`shifted`].
unsafe fn base_of(block: *mut u8) -> (*mut u8, usize) {
    // SAFETY: `shifted` noted the shift in front of it.
    unsafe {
        let shift = block.cast::<usize>().sub(1).read();
        (block.sub(shift), shift)
    }
}

#[cfg(target_os = "linux")]
fn advise_huge_pages(block: *mut u8, size: usize) {
    const PAGE: usize = 4096;
    if size < HUGE {
        return;
    }
    let first = (block as usize).next_multiple_of(PAGE);
    let length = (block as usize + size - first) / PAGE * PAGE;
    // SAFETY: whole pages within a block that was just allocated; the advice changes no contents, and it does not
    // matter whether it is taken.
    unsafe {
        libc::madvise(first as *mut libc::c_void, length, libc::MADV_HUGEPAGE);
    }
}

#[cfg(not(target_os = "linux"))]
fn advise_huge_pages(_: *mut u8, _: usize) {}

// SAFETY: blocks are the system's own, or lie within one of the system's that is larger by the shift, which stands in
// front of them. Whether a block is shifted follows from its layout alone, which is the same when it is given back.
unsafe impl GlobalAlloc for Shifted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises about `layout` are those that the system asks for.
        unsafe {
            match is_shifted(layout) {
                true => shifted(System.alloc(padded(layout.size())), layout.size()),
                false => System.alloc(layout),
            }
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as for `alloc`; the note lies in front of the block.
        unsafe {
            match is_shifted(layout) {
                true => shifted(System.alloc_zeroed(padded(layout.size())), layout.size()),
                false => System.alloc_zeroed(layout),
            }
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block came from `alloc` with this layout.
        unsafe {
            match is_shifted(layout) {
                true => System.dealloc(base_of(block).0, padded(layout.size())),
                false => System.dealloc(block, layout),
            }
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the block came from `alloc` with this layout, and `size` is one that a layout of its alignment may
        // have. A block that stays shifted keeps its shift, for its contents keep their distance from the beginning: it
        // may then not begin behind a line, which only costs time.
        unsafe {
            let next = Layout::from_size_align_unchecked(size, layout.align());
            if is_shifted(layout) && is_shifted(next) {
                let (base, shift) = base_of(block);
                let moved = System.realloc(base, padded(layout.size()), padded(size).size());
                if moved.is_null() {
                    return moved;
                }
                let block = moved.add(shift);
                advise_huge_pages(block, size);
                return block;
            }
            if !is_shifted(layout) && !is_shifted(next) {
                return System.realloc(block, layout, size);
            }
            let moved = self.alloc(next);
            if !moved.is_null() {
                std::ptr::copy_nonoverlapping(block, moved, layout.size().min(size));
                self.dealloc(block, layout);
            }
            moved
        }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::{BIG, HUGE, LINE};

    #[test]
    fn elements_of_big_slices_begin_a_line() {
        for bytes in [BIG, BIG + 8, 100_000, HUGE, HUGE + 12_345 * 8] {
            let slice: Rc<[f64]> = std::iter::repeat_n(1.5, bytes / 8).collect();
            assert_eq!(slice.as_ptr() as usize % LINE, 0, "{bytes}");
            assert!(slice.iter().all(|&x| x == 1.5));
        }
    }

    #[test]
    fn what_grows_and_shrinks_keeps_its_contents() {
        let mut numbers: Vec<u32> = Vec::new();
        let most = 3 * HUGE as u32 / 4;
        numbers.extend(0..most);
        for length in [most / 2, 5000, 4096, 4000, 10] {
            numbers.truncate(length as usize);
            numbers.shrink_to_fit();
            assert!(numbers.iter().copied().eq(0..length));
        }
        numbers.extend(10..6000);
        assert!(numbers.iter().copied().eq(0..6000));
        assert!(vec![0_u64; HUGE / 4].iter().all(|&x| x == 0));
    }
}
