// What the server says when it says no (RFC 9457), and what it means when
// nothing was said.

import type { components } from './made/api.js';

export type Problem = components['schemas']['Problem'];

// An answer that isn't 2xx. `code` is for decisions, `message` for people.
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  // As gRPC's, such as "NOT_FOUND"; missing where the answer is not the
  // suite's own, such as a proxy's.
  readonly code: Problem['code'] | undefined;
  // The member or parameter at fault, such as "target.did".
  readonly field: string | undefined;
  // To be told to the operator: logs and audit events have it.
  readonly requestId: string | undefined;
  // Seconds; of 429 and 503.
  readonly retryAfter: number | undefined;

  constructor(response: Response, problem: Partial<Problem> | undefined) {
    super(problem?.detail || problem?.title ||
      `the server answered ${response.status}`);
    this.status = response.status;
    this.code = problem?.code;
    this.field = problem?.field;
    this.requestId = problem?.request_id ??
      response.headers.get('x-request-id') ?? undefined;
    this.retryAfter = retryAfter(response);
  }
}

// No answer came: whether the request had its effect isn't known.
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}

// Seconds of the header (RFC 9110 section 10.2.3); undefined without one.
export function retryAfter(response: Response): number | undefined {
  const text = response.headers.get('retry-after');
  if (text === null) return undefined;
  if (/^[0-9]+$/.test(text)) return Number(text);
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, (at - Date.now()) / 1000);
}

const isProblem = (body: unknown): body is Partial<Problem> =>
  typeof body === 'object' && body !== null;

// What an answer of openapi-fetch holds; throws a ProblemError where it is none.
export async function data<D>(
  answer: Promise<{ data?: D; error?: unknown; response: Response }>,
): Promise<Exclude<D, undefined>> {
  const { data: body, error, response } = await answer;
  if (!response.ok || body === undefined) {
    throw new ProblemError(response, isProblem(error) ? error : undefined);
  }
  return body as Exclude<D, undefined>;
}
