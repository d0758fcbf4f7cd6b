// PromQL as text, without repeating its usual shapes.

// `$__rate_interval` is four scrapes or more, so that a rate has its samples at
// every zoom.
export function rate(series: string, range = '$__rate_interval'): string {
  return `rate(${series}[${range}])`;
}

export function increase(series: string, range = '$__range'): string {
  return `increase(${series}[${range}])`;
}

export function sum(expr: string, ...by: string[]): string {
  return aggregate('sum', expr, by);
}

// For what every instance reads from the one database: their sum would count
// it once for each of them.
export function max(expr: string, ...by: string[]): string {
  return aggregate('max', expr, by);
}

export function min(expr: string, ...by: string[]): string {
  return aggregate('min', expr, by);
}

function aggregate(operator: string, expr: string, by: string[]): string {
  const labels = by.length > 0 ? ` by (${by.join(', ')}) ` : '';
  return `${operator}${labels}(${expr})`;
}

// Part of a whole. A part that never happened has no series: it is zero then;
// without a whole there is no share either.
export function share(part: string, whole: string): string {
  return `(${part} or 0 * ${whole}) / ${whole}`;
}

// The value below which the share `q` of a histogram's observations lies.
export function quantile(
    q: number, histogram: string, labels: string, ...by: string[]): string {
  const buckets = sum(rate(`${histogram}_bucket{${labels}}`), 'le', ...by);
  return `histogram_quantile(${q}, ${buckets})`;
}

// Mean of what a histogram observed.
export function mean(
    histogram: string, labels: string, ...by: string[]): string {
  return `${sum(rate(`${histogram}_sum{${labels}}`), ...by)} / ` +
      sum(rate(`${histogram}_count{${labels}}`), ...by);
}
