/** Packing of matrices for products by panels (AssemblyScript): what a tile reads in a step stands side by side. */

/**
 * `mr` rows of a (3 to 6), `kc` columns wide, stored column after column: four columns at a time through a transpose of
 * 4 × 4. Of three rows each column is stored as four, of which the next one overwrites the last.
 */
export function packRows(a: usize, lda: usize, mr: i32, kc: i32, out: usize): void {
  const step = usize(mr) << 2;
  const r1 = a + lda;
  const r2 = r1 + lda;
  const r3 = mr > 3 ? r2 + lda : r2;
  const r4 = r3 + lda;
  const r5 = r4 + lda;
  const wide = usize(kc & ~3) << 2;
  let k: usize = 0;
  for (; k < wide; k += 16) {
    const v0 = v128.load(a + k);
    const v1 = v128.load(r1 + k);
    const v2 = v128.load(r2 + k);
    const v3 = v128.load(r3 + k);
    const low01 = v128.shuffle<i32>(v0, v1, 0, 4, 1, 5);
    const low23 = v128.shuffle<i32>(v2, v3, 0, 4, 1, 5);
    const high01 = v128.shuffle<i32>(v0, v1, 2, 6, 3, 7);
    const high23 = v128.shuffle<i32>(v2, v3, 2, 6, 3, 7);
    v128.store(out, v128.shuffle<i64>(low01, low23, 0, 2));
    v128.store(out + step, v128.shuffle<i64>(low01, low23, 1, 3));
    v128.store(out + 2 * step, v128.shuffle<i64>(high01, high23, 0, 2));
    v128.store(out + 3 * step, v128.shuffle<i64>(high01, high23, 1, 3));
    if (mr > 5) {
      const v4 = v128.load(r4 + k);
      const v5 = v128.load(r5 + k);
      const low = v128.shuffle<i32>(v4, v5, 0, 4, 1, 5);
      const high = v128.shuffle<i32>(v4, v5, 2, 6, 3, 7);
      v128.store64_lane(out, low, 0, 16);
      v128.store64_lane(out, low, 1, 40);
      v128.store64_lane(out, high, 0, 64);
      v128.store64_lane(out, high, 1, 88);
    } else if (mr > 4) {
      const v4 = v128.load(r4 + k);
      v128.store32_lane(out, v4, 0, 16);
      v128.store32_lane(out, v4, 1, 36);
      v128.store32_lane(out, v4, 2, 56);
      v128.store32_lane(out, v4, 3, 76);
    }
    out += 4 * step;
  }
  for (const end = usize(kc) << 2; k < end; k += 4) {
    for (let i = 0; i < mr; i++) store<f32>(out + (usize(i) << 2), load<f32>(a + usize(i) * lda + k));
    out += step;
  }
}

/** 16 columns of b, `kc` deep, as a panel. */
export function packLines(b: usize, ldb: usize, kc: i32, panel: usize): void {
  for (const end = panel + (usize(kc) << 6); panel < end; panel += 64) {
    v128.store(panel, v128.load(b));
    v128.store(panel, v128.load(b, 16), 16);
    v128.store(panel, v128.load(b, 32), 32);
    v128.store(panel, v128.load(b, 48), 48);
    b += ldb;
  }
}

/** `nr` columns of b, `kc` deep, as a panel `width` bytes wide; beyond them it is 0. */
export function packColumns(b: usize, ldb: usize, kc: i32, nr: i32, panel: usize, width: usize): void {
  const bytes = usize(nr) << 2;
  const end = panel + usize(kc) * width;
  while (panel < end) {
    memory.copy(panel, b, bytes);
    memory.fill(panel + bytes, 0, width - bytes);
    b += ldb;
    panel += width;
  }
}
