// The sum that ZIPs keep of names (CRC-32, ISO 3309), for texts of a few bytes. Pure; `zip.ts` calls it.

/** By pako, which has it for gzip's members. */
import sum from "pako/lib/zlib/crc32.js";

export const crc32 = (bytes: Uint8Array): number => sum(0, bytes, bytes.length, 0) >>> 0;
