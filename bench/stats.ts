/** A median with the interval in which the true one lies with 95 % confidence. */
export interface Estimate {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 2_000;
const CONFIDENCE = 0.95;

/**
 * The middle value; of an even number of values the mean of the two in the middle.
 *
 * @throws when there are no values.
 */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) {
    throw new Error("no values to take the median of");
  }
  return (lower + upper) / 2;
}

/**
 * The median of `values` with its 95 % percentile-bootstrap interval (Efron and Tibshirani, An Introduction to the
 * Bootstrap, chapter 13): rounds on a shared machine have outliers, and their distribution is not known.
 *
 * @param random gives numbers in [0, 1).
 * @throws when there are no values.
 */
export function estimateMedian(values: readonly number[], random: () => number): Estimate {
  const medians = Array.from({ length: RESAMPLES }, () => median(resample(values, random)));
  medians.sort((a, b) => a - b);
  const tail = (1 - CONFIDENCE) / 2;
  return {
    median: median(values),
    low: medians[Math.floor(tail * RESAMPLES)] ?? Number.NaN,
    high: medians[Math.ceil((1 - tail) * RESAMPLES) - 1] ?? Number.NaN,
  };
}

function resample(values: readonly number[], random: () => number): number[] {
  return values.map((own) => values[Math.floor(random() * values.length)] ?? own);
}
