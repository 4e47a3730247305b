fn apply(a: vec4u, b: vec4u) -> vec4u { return bitcast<vec4u>(bitcast<vec4f>(a) + bitcast<vec4f>(b)); }
