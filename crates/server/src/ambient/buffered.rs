//! Randomness in small portions: a request draws three times a few bytes, and each call of the system's generator
//! costs as much as filling half a kilobyte. It must not know what the bytes are for.

use grantd_protocol::Entropy;
use std::sync::{Mutex, PoisonError, TryLockError};
use zeroize::Zeroize as _;

/// Bytes that one call of the source gives.
const BLOCK: usize = 1024;
/// A portion larger than this comes from the source itself.
const MOST: usize = 64;

/// A generator that draws from another one in blocks.
///
/// A byte is handed out once, and wiped from here as it is: what is found in memory tells nothing about values that
/// were drawn before. The process must not fork and go on drawing, which would hand out the same bytes twice.
#[derive(Debug)]
pub struct BufferedEntropy<E> {
    source: E,
    blocks: Vec<Mutex<Block>>,
}

struct Block {
    bytes: [u8; BLOCK],
    /// How many are left, at the end.
    left: usize,
}

impl std::fmt::Debug for Block {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Block(…)")
    }
}

impl<E: Entropy> BufferedEntropy<E> {
    /// Draws from `source`, for as many threads as there are processors.
    pub fn new(source: E) -> Self {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        let block = || {
            Mutex::new(Block {
                bytes: [0; BLOCK],
                left: 0,
            })
        };
        Self {
            source,
            blocks: (0..threads).map(|_| block()).collect(),
        }
    }
}

impl<E: Entropy> Entropy for BufferedEntropy<E> {
    fn fill(&self, buffer: &mut [u8]) {
        if buffer.len() <= MOST {
            for block in &self.blocks {
                let mut block = match block.try_lock() {
                    Ok(block) => block,
                    // What is left of it was never handed out, but is not worth the thought.
                    Err(TryLockError::Poisoned(poisoned)) => {
                        let mut block = PoisonError::into_inner(poisoned);
                        block.left = 0;
                        block
                    }
                    Err(TryLockError::WouldBlock) => continue,
                };
                block.hand_out(&self.source, buffer);
                return;
            }
        }
        self.source.fill(buffer);
    }
}

impl Block {
    fn hand_out(&mut self, source: &impl Entropy, buffer: &mut [u8]) {
        if self.left < buffer.len() {
            source.fill(&mut self.bytes);
            self.left = BLOCK;
        }
        let from = BLOCK.saturating_sub(self.left);
        for (target, drawn) in buffer.iter_mut().zip(self.bytes.iter_mut().skip(from)) {
            *target = *drawn;
            drawn.zeroize();
        }
        self.left = self.left.saturating_sub(buffer.len());
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use grantd_protocol::entropy::counted::Counted;
    use std::collections::HashSet;
    use std::sync::Arc;

    #[test]
    fn no_byte_is_handed_out_twice() {
        // The counted source never repeats 8 bytes, so neither may aligned portions of it.
        let entropy = Arc::new(BufferedEntropy::new(Counted::default()));
        let drawn: Vec<[u8; 8]> = std::thread::scope(|scope| {
            let drawers: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        let mut drawn = Vec::new();
                        for length in [8, 16, 64, 72, 24].into_iter().cycle().take(2_000) {
                            let mut portion = vec![0; length];
                            entropy.fill(&mut portion);
                            drawn.extend(portion.chunks(8).map(|eight| <[u8; 8]>::try_from(eight).unwrap()));
                        }
                        drawn
                    })
                })
                .collect();
            drawers
                .into_iter()
                .flat_map(|drawer| drawer.join().unwrap())
                .collect::<Vec<[u8; 8]>>()
        });
        let distinct: HashSet<&[u8; 8]> = drawn.iter().collect();
        assert_eq!(distinct.len(), drawn.len());
    }

    #[test]
    fn what_was_handed_out_is_wiped() {
        let entropy = BufferedEntropy::new(Counted::default());
        let mut portion = [0; 64];
        for _ in 0..5 {
            entropy.fill(&mut portion);
        }
        let block = entropy.blocks[0].lock().unwrap();
        let used = BLOCK - block.left;
        assert_eq!(used, 5 * 64);
        assert!(block.bytes[..used].iter().all(|byte| *byte == 0));
        assert!(
            block.bytes[used..]
                .chunks(16)
                .all(|chunk| chunk.iter().any(|byte| *byte != 0))
        );
    }

    #[test]
    fn every_portion_is_filled_to_its_end() {
        let entropy = BufferedEntropy::new(crate::ambient::SystemEntropy);
        for length in 0..200 {
            let mut portion = vec![0; length];
            entropy.fill(&mut portion);
            assert!(
                portion
                    .chunks_exact(16)
                    .all(|chunk| chunk.iter().any(|byte| *byte != 0)),
                "{length}"
            );
        }
    }
}
