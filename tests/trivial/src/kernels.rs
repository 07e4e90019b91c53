//! Work for a processor and nothing else: the same code is measured inside a guest and outside.

use std::hint::black_box;

/// Names of the kernels.
pub const NAMES: [&str; 4] = ["sha256", "mandelbrot", "sieve", "matmul"];

/// Does so many rounds of a kernel, and gives a number that depends on all of them; none for a name that is no kernel.
#[must_use]
pub fn run(name: &str, rounds: u32) -> Option<u64> {
    let round: fn(u32) -> u64 = match name {
        "sha256" => sha256,
        "mandelbrot" => mandelbrot,
        "sieve" => sieve,
        "matmul" => matmul,
        _ => return None,
    };
    Some((0..rounds).fold(0, |sum: u64, seed| sum.wrapping_add(round(black_box(seed)))))
}

/// Hashes 64 KiB, as FIPS 180-4 says, without its padding.
fn sha256(seed: u32) -> u64 {
    /// The first 32 bits of the fractional parts of the cube roots of the first primes.
    fn constants() -> [u32; 64] {
        let mut primes = (2_u32..).filter(|n| (2..*n).take_while(|d| d * d <= *n).all(|d| n % d != 0));
        std::array::from_fn(|_| {
            let root = f64::from(primes.next().unwrap_or(2)).cbrt();
            ((root - root.floor()) * 4_294_967_296.0) as u32
        })
    }

    let constants = constants();
    let mut state =
        [0x6a09_e667_u32, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, seed];
    for block in 0..1024_u32 {
        let mut words = [0_u32; 64];
        for (index, word) in (0_u32..).zip(words.iter_mut().take(16)) {
            *word = block.wrapping_mul(16).wrapping_add(index);
        }
        for index in 16..64 {
            let (a, b) = (words[index - 15], words[index - 2]);
            let s0 = a.rotate_right(7) ^ a.rotate_right(18) ^ (a >> 3);
            let s1 = b.rotate_right(17) ^ b.rotate_right(19) ^ (b >> 10);
            words[index] = words[index - 16].wrapping_add(s0).wrapping_add(words[index - 7]).wrapping_add(s1);
        }
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = state;
        for (constant, word) in constants.iter().zip(&words) {
            let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let choice = (e & f) ^ (!e & g);
            let first = h.wrapping_add(s1).wrapping_add(choice).wrapping_add(*constant).wrapping_add(*word);
            let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let second = s0.wrapping_add((a & b) ^ (a & c) ^ (b & c));
            (h, g, f, e, d, c, b, a) = (g, f, e, d.wrapping_add(first), c, b, a, first.wrapping_add(second));
        }
        for (sum, value) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
            *sum = sum.wrapping_add(value);
        }
    }
    state.iter().fold(0, |sum, word| sum.rotate_left(8) ^ u64::from(*word))
}

/// Counts the iterations of 64 by 64 points of the set.
fn mandelbrot(seed: u32) -> u64 {
    let shift = f64::from(seed % 8) * 1e-3;
    let mut iterations = 0;
    for (x, y) in (0..64).flat_map(|y| (0..64).map(move |x| (x, y))) {
        let (cx, cy) = (f64::from(x) / 32.0 - 1.5 + shift, f64::from(y) / 32.0 - 1.0);
        let (mut zx, mut zy) = (0.0_f64, 0.0_f64);
        for _ in 0..256 {
            let (xx, yy) = (zx * zx, zy * zy);
            if xx + yy > 4.0 {
                break;
            }
            (zx, zy) = (xx - yy + cx, 2.0 * zx * zy + cy);
            iterations += 1;
        }
    }
    iterations
}

/// Counts the primes below 256 Ki.
fn sieve(seed: u32) -> u64 {
    let length = (256 << 10) + seed as usize % 2;
    let mut composite = vec![false; length];
    let mut count = 0;
    for number in 2..length {
        if composite[number] {
            continue;
        }
        count += 1;
        let mut multiple = number * number;
        while multiple < length {
            composite[multiple] = true;
            multiple += number;
        }
    }
    count
}

/// Multiplies two matrices of 96 by 96.
fn matmul(seed: u32) -> u64 {
    const SIDE: usize = 96;
    let value = |index: usize| (index % 17) as f32 + seed as f32;
    let a: Vec<f32> = (0..SIDE * SIDE).map(value).collect();
    let b: Vec<f32> = (0..SIDE * SIDE).map(|index| value(index * 7)).collect();
    let mut product = vec![0.0_f32; SIDE * SIDE];
    for row in 0..SIDE {
        for inner in 0..SIDE {
            let factor = a[row * SIDE + inner];
            for column in 0..SIDE {
                product[row * SIDE + column] += factor * b[inner * SIDE + column];
            }
        }
    }
    product.iter().map(|value| u64::from(value.to_bits())).fold(0, u64::wrapping_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kernel_depends_on_its_rounds() {
        for name in NAMES {
            let [none, one, two] = [0, 1, 2].map(|rounds| run(name, rounds).unwrap());
            assert!(none == 0 && one != 0 && two != one, "{name}");
        }
        assert_eq!(run("nap", 1), None);
        assert_eq!(sieve(0), 23_000);
    }
}
