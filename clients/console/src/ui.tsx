// The parts that pages are made of.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef,
         useState } from "preact/hooks";

import type { Problem } from "./api";
import { shortened, timeText } from "./format";
import type { List, Result } from "./live";

// -- what is said without being looked at ------------------------------------

let tell: (text: string) => void = () => undefined;

// Says it to everybody: shown for some seconds, and read out.
export function announce(text: string): void {
  tell(text);
}

export function Announcements() {
  const [text, setText] = useState("");
  useEffect(() => {
    let timer: number | undefined;
    tell = (next) => {
      window.clearTimeout(timer);
      setText(next);
      timer = window.setTimeout(() => { setText(""); }, 8000);
    };
    return () => { window.clearTimeout(timer); };
  }, []);
  return (
    <div role="status" class={text === "" ? "announced hidden" : "announced"}>
      {text}
    </div>
  );
}

// -- pages -------------------------------------------------------------------

let firstPage = true;

export function Page({ title, actions, live, children }: {
  title: string; actions?: ComponentChildren; live?: boolean | undefined;
  children: ComponentChildren;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} – OTrP Console`;
  }, [title]);
  useLayoutEffect(() => {
    // Who came by a link hears where he is; who opens the console isn't moved.
    if (!firstPage) {
      heading.current?.focus({ preventScroll: true });
      window.scrollTo(0, 0);
    }
    firstPage = false;
  }, []);
  return (
    <>
      <div class="title">
        <h1 tabIndex={-1} ref={heading}>{title}</h1>
        {live !== undefined && <LiveMark live={live} />}
        <div class="actions">{actions}</div>
      </div>
      {children}
    </>
  );
}

export function LiveMark({ live }: { live: boolean }) {
  return (
    <span class={live ? "live on" : "live"}>
      {live ? "Live" : "Not live: connecting"}
    </span>
  );
}

export function Section({ title, actions, children }: {
  title: string; actions?: ComponentChildren; children: ComponentChildren;
}) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <div class="title">
        <h2 id={id}>{title}</h2>
        <div class="actions">{actions}</div>
      </div>
      {children}
    </section>
  );
}

// -- what went wrong ---------------------------------------------------------

export function ProblemNotice({ problem }: { problem: Problem }) {
  return (
    <div role="alert" class="notice bad">
      <p><strong>{problem.title}.</strong> {problem.detail}</p>
      <p class="dim">
        {problem.field ? <>Field: <code>{problem.field}</code>. </> : null}
        {problem.code ? <>Code: <code>{problem.code}</code>. </> : null}
        {problem.request_id
          ? <>Request: <code>{problem.request_id}</code>.</> : null}
      </p>
    </div>
  );
}

// What was asked for, once it is there.
export function Loaded<T>({ of: result, children }: {
  of: Result<T>; children: (data: T) => ComponentChildren;
}) {
  return (
    <>
      {result.problem && <ProblemNotice problem={result.problem} />}
      {result.data !== undefined ? children(result.data)
        : !result.problem && <p role="status">Loading…</p>}
    </>
  );
}

// -- values ------------------------------------------------------------------

export type Tone = "good" | "busy" | "bad" | "plain";

// A state: its word says it, its colour is only faster.
export function Badge({ tone, children }: {
  tone: Tone; children: ComponentChildren;
}) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

export function Time({ of: value }: { of: string | undefined }) {
  return value ? <time dateTime={value}>{timeText(value)}</time> : <>–</>;
}

// A long id: its beginning, and all of it for whoever wants it.
export function Id({ of: value, full }: { of: string; full?: boolean }) {
  return <code title={value}>{full ? value : shortened(value)}</code>;
}

// Pairs of a name and a value; those without a value are left out.
export function Facts({ of: facts }: {
  of: [string, ComponentChildren][];
}) {
  return (
    <dl class="facts">
      {facts.filter(([, value]) => value !== "" && value !== undefined &&
                                   value !== null && value !== false)
        .map(([name, value]) => (
          <div key={name}><dt>{name}</dt><dd>{value}</dd></div>
        ))}
    </dl>
  );
}

export function Copy({ text, label }: { text: string; label: string }) {
  return (
    <button type="button" onClick={() => {
      navigator.clipboard.writeText(text).then(
        () => { announce("Copied."); },
        () => { announce("The browser did not let it be copied."); });
    }}>{label}</button>
  );
}

// A secret that nobody can show again.
export function Once({ title, text, secret }: {
  title: string; text: string; secret: string;
}) {
  return (
    <div class="notice good">
      <p><strong>{title}</strong> {text}</p>
      <p><code class="secret">{secret}</code></p>
      <Copy text={secret} label="Copy" />
    </div>
  );
}

// -- tables ------------------------------------------------------------------

export interface Column<T> {
  name: string;
  cell: (row: T) => ComponentChildren;
  number?: boolean;
}

export function Table<T>({ caption, rows, columns, keyOf, empty, hidden }: {
  caption: string; rows: readonly T[]; columns: Column<T>[];
  keyOf: (row: T) => string; empty: string;
  // The caption is read out only: a heading above says the same.
  hidden?: boolean;
}) {
  const id = useId();
  if (rows.length === 0) return <p class="dim">{empty}</p>;
  // It may be wider than its place: whoever has no mouse moves it by keys. On a
  // telephone each row is a card, which it still says to be a row by its role.
  return (
    <div class="scroll" role="group" aria-labelledby={id} tabIndex={0}>
      <table role="table">
        <caption id={id} class={hidden ? "unseen" : undefined}>
          {caption}
        </caption>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <th key={column.name} scope="col" role="columnheader"
                  class={column.number ? "number" : undefined}>
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <tr key={keyOf(row)} role="row">
              {columns.map((column) => (
                <td key={column.name} role="cell" data-label={column.name}
                    class={column.number ? "number" : undefined}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

// A list with its pages. `count`: what its rows are called; their number is
// read out when it changes.
export function ListTable<T>({ list, count, ...table }: {
  list: List<T>; count?: string;
} & Omit<Parameters<typeof Table<T>>[0], "rows">) {
  return (
    <>
      {list.problem && <ProblemNotice problem={list.problem} />}
      {count && list.rows && (
        <p role="status" class="unseen">{count}: {list.rows.length}</p>
      )}
      {list.rows ? <Table rows={list.rows} {...table} />
        : !list.problem && <p role="status">Loading…</p>}
      {list.more && (
        <button type="button" onClick={list.more}>Show more</button>
      )}
    </>
  );
}

// Links to what stands beside this page.
export function Tabs({ label, tabs }: {
  label: string; tabs: { name: string; href: string; current: boolean }[];
}) {
  return (
    <nav class="tabs" aria-label={label}>
      <ul>
        {tabs.map((tab) => (
          <li key={tab.href}>
            <a href={tab.href} aria-current={tab.current ? "page" : undefined}>
              {tab.name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
