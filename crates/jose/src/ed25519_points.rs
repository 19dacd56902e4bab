//! Ed25519 public keys that no honest signer has (RFC 8032 section 5.1.3, RFC 8037 section 5). aws-lc decodes them;
//! refusing them is ours. Must not know keys or JSON.

/// Whether the encoding is the reduced one: `y < p = 2^255 - 19`, sign bit aside.
pub(crate) fn is_canonical(point: &[u8; 32]) -> bool {
    let y = without_sign(point);
    // Little endian: compare from the most significant byte down. Only 19 values are not below p.
    y.iter().rev().lt(PRIME.iter().rev())
}

/// Whether the point has order 1, 2, 4 or 8. Under such a key one signature is valid for most or all messages. The
/// point must be canonical.
pub(crate) fn has_small_order(point: &[u8; 32]) -> bool {
    SMALL_ORDER_Y.contains(&without_sign(point))
}

fn without_sign(point: &[u8; 32]) -> [u8; 32] {
    let mut y = *point;
    if let Some(last) = y.last_mut() {
        *last &= 0x7f;
    }
    y
}

const PRIME: [u8; 32] = {
    let mut p = [0xff; 32];
    p[0] = 0xed;
    p[31] = 0x7f;
    p
};

/// The five y coordinates of the eight points of the torsion subgroup: 0, 1, -1 and the two of order 8.
const SMALL_ORDER_Y: [[u8; 32]; 5] = [
    [0; 32],
    {
        let mut one = [0; 32];
        one[0] = 1;
        one
    },
    {
        let mut minus_one = PRIME;
        minus_one[0] = 0xec;
        minus_one
    },
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
        0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
];
