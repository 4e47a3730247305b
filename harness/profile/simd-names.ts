/**
 * Names of the WASM SIMD instructions by their number behind the prefix 0xFD, as in the specification
 * (https://webassembly.github.io/spec/core/appendix/index-instructions.html), relaxed SIMD included. `-`: not assigned.
 */

const integer = (type: string, ops: string): string[] => ops.split(' ').map((op) => under(type, op));
const under = (type: string, op: string): string => (op === '-' ? '-' : `${type}.${op}`);

const COMPARE = 'eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u';
const COMPARE_FLOAT = 'eq ne lt gt le ge';
const FLOAT = 'abs neg - sqrt add sub mul div min max pmin pmax';

const list: readonly string[] = [
  // 0x00
  ...integer(
    'v128',
    'load load8x8_s load8x8_u load16x4_s load16x4_u load32x2_s load32x2_u load8_splat load16_splat load32_splat load64_splat store const',
  ),
  ...integer('i8x16', 'shuffle swizzle splat'),
  ...['i16x8.splat', 'i32x4.splat', 'i64x2.splat', 'f32x4.splat', 'f64x2.splat'],
  ...integer('i8x16', 'extract_lane_s extract_lane_u replace_lane'),
  ...integer('i16x8', 'extract_lane_s extract_lane_u replace_lane'),
  ...['i32x4', 'i64x2', 'f32x4', 'f64x2'].flatMap((type) => integer(type, 'extract_lane replace_lane')),
  // 0x23
  ...['i8x16', 'i16x8', 'i32x4'].flatMap((type) => integer(type, COMPARE)),
  ...['f32x4', 'f64x2'].flatMap((type) => integer(type, COMPARE_FLOAT)),
  // 0x4d
  ...integer(
    'v128',
    'not and andnot or xor bitselect any_true load8_lane load16_lane load32_lane load64_lane store8_lane store16_lane store32_lane store64_lane load32_zero load64_zero',
  ),
  ...['f32x4.demote_f64x2_zero', 'f64x2.promote_low_f32x4'],
  // 0x60
  ...integer('i8x16', 'abs neg popcnt all_true bitmask narrow_i16x8_s narrow_i16x8_u'),
  ...integer('f32x4', 'ceil floor trunc nearest'),
  ...integer('i8x16', 'shl shr_s shr_u add add_sat_s add_sat_u sub sub_sat_s sub_sat_u'),
  ...integer('f64x2', 'ceil floor'),
  ...integer('i8x16', 'min_s min_u max_s max_u'),
  ...['f64x2.trunc', 'i8x16.avgr_u'],
  ...integer('i16x8', 'extadd_pairwise_i8x16_s extadd_pairwise_i8x16_u'),
  ...integer('i32x4', 'extadd_pairwise_i16x8_s extadd_pairwise_i16x8_u'),
  // 0x80
  ...integer(
    'i16x8',
    'abs neg q15mulr_sat_s all_true bitmask narrow_i32x4_s narrow_i32x4_u extend_low_i8x16_s extend_high_i8x16_s extend_low_i8x16_u extend_high_i8x16_u shl shr_s shr_u add add_sat_s add_sat_u sub sub_sat_s sub_sat_u',
  ),
  'f64x2.nearest',
  ...integer(
    'i16x8',
    'mul min_s min_u max_s max_u - avgr_u extmul_low_i8x16_s extmul_high_i8x16_s extmul_low_i8x16_u extmul_high_i8x16_u',
  ),
  // 0xa0
  ...integer(
    'i32x4',
    'abs neg - all_true bitmask - - extend_low_i16x8_s extend_high_i16x8_s extend_low_i16x8_u extend_high_i16x8_u shl shr_s shr_u add - - sub - - - mul min_s min_u max_s max_u dot_i16x8_s - extmul_low_i16x8_s extmul_high_i16x8_s extmul_low_i16x8_u extmul_high_i16x8_u',
  ),
  // 0xc0
  ...integer(
    'i64x2',
    'abs neg - all_true bitmask - - extend_low_i32x4_s extend_high_i32x4_s extend_low_i32x4_u extend_high_i32x4_u shl shr_s shr_u add - - sub - - - mul eq ne lt_s gt_s le_s ge_s extmul_low_i32x4_s extmul_high_i32x4_s extmul_low_i32x4_u extmul_high_i32x4_u',
  ),
  // 0xe0
  ...['f32x4', 'f64x2'].flatMap((type) => integer(type, FLOAT)),
  ...['i32x4.trunc_sat_f32x4_s', 'i32x4.trunc_sat_f32x4_u', 'f32x4.convert_i32x4_s', 'f32x4.convert_i32x4_u'],
  ...['i32x4.trunc_sat_f64x2_s_zero', 'i32x4.trunc_sat_f64x2_u_zero'],
  ...['f64x2.convert_low_i32x4_s', 'f64x2.convert_low_i32x4_u'],
  // 0x100: relaxed
  'i8x16.relaxed_swizzle',
  ...integer(
    'i32x4',
    'relaxed_trunc_f32x4_s relaxed_trunc_f32x4_u relaxed_trunc_f64x2_s_zero relaxed_trunc_f64x2_u_zero',
  ),
  ...['f32x4', 'f64x2'].flatMap((type) => integer(type, 'relaxed_madd relaxed_nmadd')),
  ...['i8x16', 'i16x8', 'i32x4', 'i64x2'].map((type) => `${type}.relaxed_laneselect`),
  ...['f32x4', 'f64x2'].flatMap((type) => integer(type, 'relaxed_min relaxed_max')),
  ...['i16x8.relaxed_q15mulr_s', 'i16x8.relaxed_dot_i8x16_i7x16_s', 'i32x4.relaxed_dot_i8x16_i7x16_add_s'],
];

/** Index: number behind the prefix; `-` where none is assigned. */
export const SIMD_NAMES = list;
