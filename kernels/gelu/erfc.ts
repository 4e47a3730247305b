/**
 * 1 − erf(z), relative error below 2e-15 up to z = 4, then growing with the rounding of z² to 6e-14 at 26; 0 from 26.5 on,
 * NaN for NaN. W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of Computation 23 (1969),
 * with the coefficients of his CALERF in netlib's SPECFUN.
 */
export function erfc(z: number): number {
  const y = Math.abs(z);
  if (y <= 0.46875) return 1 - erfSmall(z);
  const tail = y > 26.5 ? 0 : Math.exp(-y * y) * (y <= 4 ? middle(y) : large(y));
  return z < 0 ? 2 - tail : tail;
}

function erfSmall(z: number): number {
  const u = z * z;
  const p =
    3209.3775891384694 +
    u * (377.485237685302 + u * (113.86415415105016 + u * (3.1611237438705655 + u * 0.18577770618460315)));
  const q =
    2844.236833439171 + u * (1282.6165260773723 + u * (244.02463793444417 + u * (23.601290952344122 + u)));
  return (z * p) / q;
}

/** e^(y²) erfc(y) on [0.46875, 4]. */
function middle(y: number): number {
  const p =
    1230.3393547979972 +
    y *
      (2051.0783778260716 +
        y *
          (1712.0476126340707 +
            y *
              (881.952221241769 +
                y *
                  (298.6351381974001 +
                    y *
                      (66.11919063714163 +
                        y * (8.883149794388377 + y * (0.5641884969886701 + y * 2.153115354744038e-8)))))));
  const q =
    1230.3393548037495 +
    y *
      (3439.3676741437216 +
        y *
          (4362.619090143247 +
            y *
              (3290.7992357334597 +
                y *
                  (1621.3895745666903 +
                    y * (537.1811018620099 + y * (117.6939508913125 + y * (15.744926110709835 + y)))))));
  return p / q;
}

/** e^(y²) erfc(y) from 4 on: 1/(y√π), and a correction in 1/y². */
function large(y: number): number {
  const u = 1 / (y * y);
  const p =
    0.0006587491615298378 +
    u *
      (0.016083785148742275 +
        u *
          (0.12578172611122926 +
            u * (0.36034489994980445 + u * (0.30532663496123236 + u * 0.016315387137302097))));
  const q =
    0.0023352049762686918 +
    u *
      (0.06051834131244132 +
        u * (0.5279051029514285 + u * (1.8729528499234604 + u * (2.568520192289822 + u))));
  return (1 / Math.sqrt(Math.PI) - (u * p) / q) / y;
}
