// What the server holds, as it is now: server-sent events while somebody looks.
import { useEffect, useRef, useState } from "preact/hooks";

import { type Answer, type Arguments, type PathOf, type Problem, get,
         problemFrom, urlOf } from "./api";

export interface Result<T> {
  data: T | undefined;
  problem: Problem | undefined;
  // Whether changes come by themselves at this moment.
  live: boolean;
  reload: () => void;
}

const AGAIN_MS = 5000;

// One GET, again by reload() or when its arguments change.
export function useGet<P extends PathOf<"get">>(
    path: P | null, args: Arguments<P, "get">,
    version: unknown = 0): Result<Answer<P, "get">> {
  const [state, setState] = useState<{
    url: string; problem?: Problem; data?: Answer<P, "get"> | undefined;
  }>({ url: "" });
  const [tries, setTries] = useState(0);
  const url = path === null ? "" : urlOf(path, args);
  useEffect(() => {
    if (path === null) return undefined;
    const aborter = new AbortController();
    get(path, args, aborter.signal).then(
      (data) => { setState({ url, data }); },
      (error: unknown) => {
        if (aborter.signal.aborted) return;
        setState((before) => ({ url, problem: problemFrom(error),
                                data: before.url === url ? before.data
                                  : undefined }));
      });
    return () => { aborter.abort(); };
  }, [url, tries, version]);
  const mine = state.url === url ? state : undefined;
  return { data: mine?.data, problem: mine?.problem, live: false,
           reload: () => { setTries((before) => before + 1); } };
}

// Times since the page was opened that `ms` have passed while it could be seen;
// also when it can be seen again after as long.
export function useTicks(ms: number): number {
  const [ticks, setTicks] = useState(0);
  useEffect(() => {
    let last = Date.now();
    const look = () => {
      if (document.hidden || Date.now() - last < ms) return;
      last = Date.now();
      setTicks((before) => before + 1);
    };
    const timer = window.setInterval(look, ms);
    document.addEventListener("visibilitychange", look);
    return () => {
      window.clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [ms]);
  return ticks;
}

// One GET as a stream. HTTP/1.1 gives a browser six connections to a host, so
// a page has at most three of these, and none while it can't be seen.
export function useLive<P extends PathOf<"get">>(
    path: P | null, args: Arguments<P, "get">): Result<Answer<P, "get">> {
  type Data = Answer<P, "get">;
  const [state, setState] = useState<{ url: string; data?: Data | undefined;
                                       problem?: Problem | undefined;
                                       live: boolean }>(
    { url: "", live: false });
  const [tries, setTries] = useState(0);
  const latest = useRef(state);
  latest.current = state;
  const url = path === null ? "" : urlOf(path, args);

  useEffect(() => {
    if (path === null) return undefined;
    let source: EventSource | undefined;
    let timer: number | undefined;
    let over = false;
    const change = (more: Partial<typeof state>) => {
      if (over) return;
      const before = latest.current.url === url ? latest.current
        : { url, live: false };
      latest.current = { ...before, url, ...more };
      setState(latest.current);
    };
    const close = () => {
      source?.close();
      source = undefined;
      window.clearTimeout(timer);
    };
    const open = () => {
      close();
      if (over || document.hidden) return;
      source = new EventSource(url);
      // Who comes back hears nothing while the state is the one that he knows.
      source.onopen = () => { change({ live: true }); };
      source.addEventListener("state", (event) => {
        change({ data: JSON.parse(event.data as string) as Data,
                 problem: undefined, live: true });
      });
      source.addEventListener("problem", (event) => {
        change({ problem: JSON.parse(event.data as string) as Problem });
      });
      source.onerror = () => {
        change({ live: false });
        // The browser tries again by itself, unless it was refused; then a
        // plain GET says why.
        if (source?.readyState !== EventSource.CLOSED) return;
        close();
        get(path, args).then(
          (data) => {
            change({ data, problem: undefined });
            if (!over) timer = window.setTimeout(open, AGAIN_MS);
          },
          (error: unknown) => {
            const problem = problemFrom(error);
            change({ problem });
            if (!over && (problem.status === 0 || problem.status === 429 ||
                          problem.status >= 500)) {
              timer = window.setTimeout(open, AGAIN_MS);
            }
          });
      };
    };
    const look = () => {
      if (document.hidden) {
        close();
        change({ live: false });
      } else if (source === undefined) {
        open();
      }
    };
    document.addEventListener("visibilitychange", look);
    open();
    return () => {
      over = true;
      close();
      document.removeEventListener("visibilitychange", look);
    };
  }, [url, tries]);

  const mine = state.url === url ? state : undefined;
  return { data: mine?.data, problem: mine?.problem, live: mine?.live ?? false,
           reload: () => { setTries((before) => before + 1); } };
}

export interface List<T> extends Omit<Result<unknown>, "data"> {
  rows: T[] | undefined;
  // Gets the next page; none on the last.
  more: (() => void) | undefined;
}

// A list that comes in pages: the first is live, further ones are asked for.
export function useList<P extends PathOf<"get">, T>(
    path: P | null, args: Arguments<P, "get">,
    pick: (answer: Answer<P, "get">) => readonly T[]): List<T> {
  const first = useLive(path, args);
  const url = path === null ? "" : urlOf(path, args);
  const [further, setFurther] = useState<{ url: string; rows: T[];
                                           token: string }>();
  const [problem, setProblem] = useState<Problem>();
  const mine = further?.url === url ? further : undefined;
  const tokenOf = (answer: unknown) =>
    (answer as { nextPageToken?: string } | undefined)?.nextPageToken ?? "";
  const token = mine ? mine.token : tokenOf(first.data);
  const more = path === null || token === "" ? undefined : () => {
    const query = { ...(args.query as object | undefined), pageToken: token };
    get(path, { ...args, query } as Arguments<P, "get">).then(
      (answer) => {
        setProblem(undefined);
        setFurther({ url, token: tokenOf(answer),
                     rows: [...(mine?.rows ?? []), ...pick(answer)] });
      },
      (error: unknown) => { setProblem(problemFrom(error)); });
  };
  return {
    rows: first.data && [...pick(first.data), ...(mine?.rows ?? [])],
    problem: first.problem ?? problem, live: first.live, more,
    reload: () => { setFurther(undefined); first.reload(); },
  };
}
