/* policy/eight.c - many values at once. Most have up to eight bytes: with AVX-512 eight of these are read together, each in a lane
 * of its own, in the steps of values.c; what those have no short way for, and what is longer, is left to value_read.
 * t/unit/prints.c compares both. */
#include <string.h>

#include "policy/values.h"
#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define X86 1
#endif

void values_read_plain(value *ret, size_t step, const struct csv_field *field, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++, ret += step, field += step)
		*ret = value_read(field->p, field->len);
}

#if defined(X86)
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512cd,avx512vbmi2,avx512vpopcntdq,bmi2")))
#define INLINE inline __attribute__((always_inline))
#define EACH(x) (0x0101010101010101u * (x))
#define ALL(x) _mm512_set1_epi64((long long)(x))
#define BYTES(c) _mm512_set1_epi8(c)

static AVX512 INLINE __m512i mix(__m512i a, __m512i b)
{
	const __m512i half = ALL(0xffffffffu), x = _mm512_xor_si512(a, ALL(0x9e3779b97f4a7c15u)), y = _mm512_xor_si512(b, ALL(0xd1b54a32d192ed03u));
	const __m512i x_high = _mm512_srli_epi64(x, 32), y_high = _mm512_srli_epi64(y, 32);
	const __m512i low = _mm512_mul_epu32(x, y), one = _mm512_mul_epu32(x, y_high), two = _mm512_mul_epu32(x_high, y);
	const __m512i between = _mm512_add_epi64(_mm512_srli_epi64(low, 32),
		_mm512_add_epi64(_mm512_and_si512(one, half), _mm512_and_si512(two, half)));
	const __m512i high = _mm512_add_epi64(_mm512_add_epi64(_mm512_mul_epu32(x_high, y_high), _mm512_srli_epi64(between, 32)),
		_mm512_add_epi64(_mm512_srli_epi64(one, 32), _mm512_srli_epi64(two, 32)));

	return _mm512_xor_si512(high, _mm512_or_si512(_mm512_and_si512(low, half), _mm512_slli_epi64(between, 32)));
}

static AVX512 INLINE __m512i make(__m512i hash, __m512i weight, __m512i kind)
{
	return _mm512_or_si512(_mm512_and_si512(hash, ALL(VALUE_HASH)), _mm512_or_si512(weight, _mm512_slli_epi64(kind, 4)));
}

/* How many bytes of 0xff each lane has. */
static AVX512 INLINE __m512i count(__m512i bytes)
{
	return _mm512_srli_epi64(_mm512_popcnt_epi64(bytes), 3);
}

/* The bytes before the lowest that is not 0, all eight where there is none. */
static AVX512 INLINE __m512i before(__m512i v)
{
	return count(_mm512_andnot_si512(v, _mm512_sub_epi64(v, ALL(1))));
}

/* So many bytes of 0xff. */
static AVX512 INLINE __m512i first(__m512i n)
{
	return _mm512_srlv_epi64(ALL(-1), _mm512_sub_epi64(ALL(64), _mm512_slli_epi64(n, 3)));
}

/* In each lane the bytes that are kept, n of them, one after the other. */
static AVX512 INLINE __m512i squeeze(__m512i v, __mmask64 keep, __m512i n)
{
	return _mm512_maskz_expand_epi8(_mm512_movepi8_mask(first(n)), _mm512_maskz_compress_epi8(keep, v));
}

static AVX512 INLINE __m512i text(__m512i low, __mmask64 keep, __mmask64 digit)
{
	const __m512i letters = count(_mm512_movm_epi8(keep)), word = squeeze(low, keep, letters), digits = _mm512_movm_epi8(digit);
	const __mmask8 whole = _mm512_cmpeq_epi64_mask(letters, ALL(8));
	__m512i hash = _mm512_xor_si512(ALL(VALUE_SEED), letters), rest = word;

	if (whole) {
		hash = _mm512_mask_xor_epi64(hash, whole, mix(ALL(VALUE_SEED), word), letters);
		rest = _mm512_mask_mov_epi64(rest, whole, _mm512_setzero_si512());
	}
	return make(mix(hash, rest), letters,
		_mm512_mask_mov_epi64(ALL(VALUE_TEXT), _mm512_test_epi64_mask(digits, digits), ALL(VALUE_CODE)));
}

/* point: 0xff where it is one; *ret_slow gets the lanes that may be days, or have too many digits. */
static AVX512 INLINE __m512i number(__m512i v, __mmask64 digit, __m512i point, __mmask8 *ret_slow)
{
	const __m512i n = count(_mm512_movm_epi8(digit));
	const __mmask8 fraction = _mm512_test_epi64_mask(point, point);
	__m512i x = squeeze(_mm512_sub_epi8(v, BYTES('0')), digit, n), exponent, zeros, digits;
	__mmask8 zero, real;

	x = _mm512_sllv_epi64(x, _mm512_sub_epi64(ALL(64), _mm512_slli_epi64(n, 3)));
	zero = _mm512_cmpeq_epi64_mask(x, _mm512_setzero_si512());
	zeros = _mm512_srli_epi64(_mm512_lzcnt_epi64(x), 3);
	x = _mm512_sllv_epi64(x, _mm512_slli_epi64(zeros, 3));
	exponent = _mm512_add_epi64(_mm512_maskz_sub_epi64(fraction, before(point), n), zeros);
	digits = _mm512_sub_epi64(ALL(8), before(x));
	real = _mm512_cmplt_epi64_mask(exponent, _mm512_setzero_si512());
	*ret_slow = (__mmask8)(~zero & ((real & _mm512_cmpgt_epi64_mask(digits, ALL(6))) | (~real & _mm512_cmpgt_epi64_mask(digits, ALL(4)))));
	x = _mm512_madd_epi16(_mm512_maddubs_epi16(x, _mm512_set1_epi16(0x010a)), _mm512_set1_epi32(0x00010064)); /* by tens, by hundreds */
	x = _mm512_add_epi64(_mm512_mul_epu32(x, ALL(10000)), _mm512_srli_epi64(x, 32));
	x = make(mix(x, _mm512_slli_epi64(_mm512_and_si512(exponent, ALL(0xffffffffu)), 1)), digits,
		_mm512_mask_mov_epi64(ALL(VALUE_NUMBER), real, ALL(VALUE_REAL)));
	return _mm512_mask_mov_epi64(x, zero, ALL((VALUE_SEED * 3 & VALUE_HASH) | VALUE_NUMBER << 4 | 1));
}

/* n bytes of each of eight, the rest 0; n is 0 where there are more. The lanes that are read; the others are for value_read. */
static AVX512 INLINE __mmask8 eight(const uint64_t *bytes, const uint64_t *lengths, value ret[8])
{
	const uint64_t lowest = EACH(1);
	const __m512i v = _mm512_loadu_si512(bytes), n = _mm512_loadu_si512(lengths), low = _mm512_or_si512(v, BYTES(0x20));
	const __mmask64 digit = _mm512_cmple_epu8_mask(_mm512_sub_epi8(v, BYTES('0')), BYTES(9));
	const __mmask64 keep = digit | _mm512_cmple_epu8_mask(_mm512_sub_epi8(low, BYTES('a')), BYTES(25));
	const __m512i rest = _mm512_andnot_si512(_mm512_movm_epi8(digit), first(n)), rests = count(rest); /* what is no digit */
	const __m512i last = _mm512_sllv_epi64(ALL(0xff), _mm512_slli_epi64(_mm512_sub_epi64(n, ALL(1)), 3));
	const __m512i points = _mm512_and_si512(rest, _mm512_movm_epi8(_mm512_cmpeq_epi8_mask(v, BYTES('.')) | _mm512_cmpeq_epi8_mask(v, BYTES(','))));
	const __m512i others = _mm512_movm_epi8(_mm512_cmpeq_epi8_mask(low, BYTES('e')) | _mm512_cmpeq_epi8_mask(v, BYTES(' ')) | _mm512_cmpeq_epi8_mask(v, BYTES('\'')));
	const __m512i begin = _mm512_and_si512(low, ALL(0xff));
	const __mmask8 is_short = _mm512_test_epi64_mask(n, n), ends = (__mmask8)_pext_u64(keep, lowest) & _mm512_test_epi64_mask(_mm512_movm_epi8(keep), last);
	const __mmask8 good = is_short & ends & (__mmask8)~_mm512_test_epi64_mask(v, ALL(EACH(0x80))), starts = (__mmask8)_pext_u64(digit, lowest);
	const __mmask8 missing = _mm512_cmple_epi64_mask(n, ALL(4)) & (_mm512_cmpeq_epi64_mask(begin, ALL('n')) | _mm512_cmpeq_epi64_mask(begin, ALL('i')));
	const __mmask8 single = _mm512_cmpeq_epi64_mask(rests, ALL(1)), point = single & _mm512_test_epi64_mask(points, points);
	const __mmask8 numbers = good & starts & (point | _mm512_cmpeq_epi64_mask(rests, _mm512_setzero_si512()));
	const __mmask8 texts = good & ((starts & single & (__mmask8)~point & (__mmask8)~_mm512_test_epi64_mask(others, rest)) | (__mmask8)(~starts & ~missing));
	__mmask8 slow = 0;

	if (texts)
		_mm512_storeu_si512(ret, text(low, keep, digit));
	if (numbers)
		_mm512_mask_storeu_epi64(ret, numbers, number(v, digit, _mm512_maskz_mov_epi64(point, points), &slow));
	return texts | (numbers & (__mmask8)~slow);
}

#define MANY 64
static AVX512 void values_read_avx512(value *ret, size_t step, const struct csv_field *field, size_t n)
{
	uint64_t bytes[MANY], lengths[MANY];
	value v[8];
	size_t i, k;

	memset(lengths, 0, sizeof(lengths));
	memset(bytes, 0, sizeof(bytes));
	for (i = 0; i < n; i++) {
		const size_t len = field[i * step].len;

		if (len - 1 >= 8)
			continue;
		bytes[i] = (uint64_t)_mm_cvtsi128_si64(_mm_maskz_loadu_epi8((__mmask16)((1u << len) - 1), field[i * step].p));
		lengths[i] = len;
	}
	for (i = 0; i < n; i += 8) {
		const __mmask8 read = eight(bytes + i, lengths + i, v);

		for (k = 0; k < 8 && i + k < n; k++)
			ret[(i + k) * step] = read >> k & 1 ? v[k] : value_read(field[(i + k) * step].p, field[(i + k) * step].len);
	}
}

static bool has_avx512(void)
{
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
	       __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512vbmi2") &&
	       __builtin_cpu_supports("avx512vpopcntdq") && __builtin_cpu_supports("bmi2");
}
#endif

void values_read(value *ret, size_t step, const struct csv_field *field, size_t n)
{
#if defined(X86)
	size_t some;

	for (; has_avx512() && n > 0; n -= some, ret += some * step, field += some * step) {
		some = n < MANY ? n : MANY;
		values_read_avx512(ret, step, field, some);
	}
#endif
	values_read_plain(ret, step, field, n);
}
