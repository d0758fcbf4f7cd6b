// The REST interface, typed by its own description: schema.ts is made of
// docs/openapi.json, so that a path or a member that is gone doesn't compile.
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Problem = Schemas["Problem"];

type Verb = "get" | "post" | "put" | "patch" | "delete";
type Operation<P extends keyof paths, V extends Verb> = paths[P][V];
type Json<T> = T extends { content: { "application/json": infer B } } ? B
  : never;

// The paths that have a method.
export type PathOf<V extends Verb> = {
  [P in keyof paths]: Operation<P, V> extends { responses: unknown } ? P
    : never;
}[keyof paths];

export type Answer<P extends keyof paths, V extends Verb> =
  Operation<P, V> extends { responses: { 200: infer R } } ? Json<R> : never;

type Parameters<P extends keyof paths, V extends Verb, W extends string> =
  Operation<P, V> extends { parameters: { [K in W]?: infer Q } }
    ? Exclude<Q, undefined> : never;

type Body<P extends keyof paths, V extends Verb> =
  Operation<P, V> extends { requestBody: infer B } ? Json<B>
    : Operation<P, V> extends { requestBody?: infer B }
      ? Json<NonNullable<B>> : never;

type Wanted<Name extends string, T> =
  [T] extends [never] ? { [K in Name]?: never }
    : { [K in Name]: T };

export type Arguments<P extends keyof paths, V extends Verb> =
  Wanted<"path", Parameters<P, V, "path">> &
  { query?: [Parameters<P, V, "query">] extends [never] ? never
      : Parameters<P, V, "query"> };

// What somebody said no to, and why.
export class Refusal extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
  }
}

// Nobody answered: that may pass, and the request may have had its effect.
export class Unreachable extends Error {
  constructor() {
    super("The server does not answer. Look at your connection and try again.");
  }
}

type Values = Record<string, string | number | boolean | undefined>;

// A path's template with its parameters in it.
export function urlOf(template: string, args: { path?: unknown;
                                                query?: unknown }): string {
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String((args.path as Values)[name])));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(args.query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== "") query.append(name, String(one));
    }
  }
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}

async function problemOf(response: Response): Promise<Problem> {
  if (/json/.test(response.headers.get("Content-Type") ?? "")) {
    try {
      return await response.json() as Problem;
    } catch {
      // What is said below holds for it.
    }
  }
  return {
    type: "/problems/unknown",
    title: `HTTP status ${response.status}`,
    status: response.status,
    detail: "The server's answer is not one of its own.",
    code: "UNKNOWN",
  } as Problem;
}

let signedOut: () => void = () => undefined;
// Called when the server no longer knows the session.
export function onSignedOut(listener: () => void): void {
  signedOut = listener;
}

// A request of this page: with its cookie, and the header that no form of
// another site can send.
export async function exchange(verb: string, url: string, body?: unknown,
                               signal?: AbortSignal): Promise<unknown> {
  const headers: Record<string, string> = { Accept: "application/json" };
  const init: RequestInit = { method: verb.toUpperCase(), headers,
                              credentials: "same-origin" };
  if (verb !== "get") headers["X-OTrP-Console"] = "1";
  if (body instanceof ArrayBuffer) {
    headers["Content-Type"] = "application/octet-stream";
    init.body = body;
  } else if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  if (signal) init.signal = signal;
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable();
  }
  if (!response.ok) {
    const problem = await problemOf(response);
    if (response.status === 401 && url.startsWith("/v1/")) signedOut();
    throw new Refusal(problem);
  }
  const text = await response.text();
  return text === "" ? {} : JSON.parse(text) as unknown;
}

export async function get<P extends PathOf<"get">>(
    path: P, args: Arguments<P, "get">, signal?: AbortSignal):
    Promise<Answer<P, "get">> {
  return await exchange("get", urlOf(path, args), undefined, signal) as
    Answer<P, "get">;
}

export async function send<V extends Exclude<Verb, "get">, P extends PathOf<V>>(
    verb: V, path: P,
    args: Arguments<P, V> & Wanted<"body", Body<P, V>>):
    Promise<Answer<P, V>> {
  return await exchange(verb, urlOf(path, args),
                        (args as { body?: unknown }).body) as Answer<P, V>;
}

// What to tell a person about an error of whatever kind.
export function problemFrom(error: unknown): Problem {
  if (error instanceof Refusal) return error.problem;
  const detail = error instanceof Error ? error.message : String(error);
  return { type: "/problems/unavailable", title: "It did not work", status: 0,
           detail, code: "UNAVAILABLE" } as Problem;
}
