/** Group 15 of RFC 3526 (3072 bits), which Cognito's SRP uses with generator 2. */
export const MODULUS = BigInt(
  "0xffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd" +
    "ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed" +
    "ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f" +
    "83655d23dca3ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b" +
    "e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf6955817183995497cea956ae515d2261898fa0510" +
    "15728e5a8aaac42dad33170d04507a33a85521abdf1cba64ecfb850458dbef0a8aea71575d060c7db3970f85a6e1e4c7" +
    "abf5ae8cdb0933d71e8c94e04a25619dcee3d2261ad2ee6bf12ffa06d98a0864d87602733ec86a64521f2b18177b200c" +
    "bbe117577a615d6c770988c0bad946e208e24fa074e5ab3143db5bfce0fd108e4b82d120a93ad2caffffffffffffffff",
);
export const GENERATOR = 2n;

/** `base ** exponent % MODULUS` by squaring; not in constant time, which the callers say why it does not need to be. */
export function power(base: bigint, exponent: bigint): bigint {
  const factor = base % MODULUS;
  let result = 1n;
  // From the highest bit down, so that the generator, a small number, costs next to nothing.
  for (const bit of exponent.toString(2)) {
    result = (result * result) % MODULUS;
    if (bit === "1") {
      result = (result * factor) % MODULUS;
    }
  }
  return result;
}

/** A number as Cognito hashes it: big-endian bytes, with a zero byte before one that would read as a sign. */
export function bytesOf(value: bigint): Uint8Array<ArrayBuffer> {
  const digits = value.toString(16);
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  return fromHex(/^[89a-f]/.test(even) ? `00${even}` : even);
}

/** The number that big-endian bytes stand for. */
export function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x0${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`);
}

function fromHex(digits: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
