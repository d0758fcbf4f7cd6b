// The record of each service: who did what to what.
import { useState } from "preact/hooks";

import { type Problem, type Schemas, get, problemFrom } from "../api";
import { useList } from "../live";
import { setQuery } from "../router";
import { Badge, Id, ListTable, Page, ProblemNotice, Section, Time,
         announce } from "../ui";

const LOGS = {
  portal: ["Portal", "/v1/portal/audit-events",
           "/v1/portal/audit-events:verify"],
  tsm: ["Trusted Services Manager", "/v1/tsm/audit-events",
        "/v1/tsm/audit-events:verify"],
  ca: ["Certificate authority", "/v1/ca/audit-events",
       "/v1/ca/audit-events:verify"],
  attestation: ["Attestation verifier", "/v1/attestation/audit-events",
                "/v1/attestation/audit-events:verify"],
} as const;
type Log = keyof typeof LOGS;

function isLog(name: string): name is Log {
  return Object.hasOwn(LOGS, name);
}

function Details({ json }: { json: string }) {
  if (json === "" || json === "{}") return <>–</>;
  let facts: [string, unknown][];
  try {
    facts = Object.entries(JSON.parse(json) as Record<string, unknown>);
  } catch {
    return <code>{json}</code>;
  }
  return (
    <>
      {facts.map(([name, value]) => (
        <div key={name}>
          <span class="dim">{name}:</span>{" "}
          {typeof value === "string" ? value : JSON.stringify(value)}
        </div>
      ))}
    </>
  );
}

type Verification = Schemas["VerifyAuditLogResponse"];

// Of numbers of 64 bits, which are texts in JSON.
function sum(a: string, b: string): string {
  return String(BigInt(a) + BigInt(b));
}

const MOST_FAULTS = 100;

// The whole chain, part by part.
async function verifyAll(log: Log): Promise<Verification> {
  let all = await get(LOGS[log][2], {});
  while (all.nextAfterSeal !== "0") {
    const part = await get(LOGS[log][2], {
      query: { afterSeal: all.nextAfterSeal } });
    all = {
      ...part,
      intact: all.intact && part.intact,
      sealedEvents: sum(all.sealedEvents, part.sealedEvents),
      seals: sum(all.seals, part.seals),
      faults: [...all.faults, ...part.faults].slice(0, MOST_FAULTS),
      epochs: [...all.epochs, ...part.epochs],
    };
  }
  return all;
}

function Verify({ log }: { log: Log }) {
  const [answer, setAnswer] = useState<Verification>();
  const [problem, setProblem] = useState<Problem>();
  const verify = () => {
    verifyAll(log).then(
      (found) => {
        setProblem(undefined);
        setAnswer(found);
        announce(found.intact ? "The log is intact."
          : "The log is not intact.");
      },
      (error: unknown) => { setProblem(problemFrom(error)); });
  };
  return (
    <>
      <button type="button" onClick={verify}>Verify the log</button>
      {problem && <ProblemNotice problem={problem} />}
      {answer && (
        <p>
          <Badge tone={answer.intact ? "good" : "bad"}>
            {answer.intact ? "intact" : "not intact"}
          </Badge>{" "}
          {answer.sealedEvents} events under {answer.seals} seals,{" "}
          {answer.unsealedEvents} not sealed yet.
          {answer.faults.map((fault) => <p key={fault}>{fault}</p>)}
          {answer.epochs.map((epoch) => (
            <p key={epoch.epoch}>
              Epoch {epoch.epoch} begins with seal {epoch.firstSeal}:{" "}
              {epoch.reason}
            </p>
          ))}
        </p>
      )}
    </>
  );
}

export function Audit({ query }: { query: URLSearchParams }) {
  const asked = query.get("log") ?? "";
  const log: Log = isLog(asked) ? asked : "portal";
  const subject = query.get("subject") ?? "";
  const action = query.get("action") ?? "";
  const list = useList(LOGS[log][1], {
    query: { pageSize: 100, subject, actionPrefix: action } },
                       (answer) => answer.events);
  const change = (more: Record<string, string>) => {
    setQuery({ log, subject, action, ...more });
  };
  return (
    <Page title="Audit" live={list.live}>
      <form class="filters" role="search" onSubmit={(event) => {
        event.preventDefault();
      }}>
        <div class="field">
          <label for="audit-log">Log of</label>
          <select id="audit-log" value={log} onChange={(event) => {
            change({ log: event.currentTarget.value });
          }}>
            {Object.entries(LOGS).map(([name, [words]]) => (
              <option key={name} value={name}>{words}</option>
            ))}
          </select>
        </div>
        <div class="field">
          <label for="audit-subject">Subject</label>
          <input id="audit-subject" value={subject} autoComplete="off"
                 spellcheck={false} onChange={(event) => {
                   change({ subject: event.currentTarget.value.trim() });
                 }} />
        </div>
        <div class="field">
          <label for="audit-action">Action begins with</label>
          <input id="audit-action" value={action} autoComplete="off"
                 spellcheck={false} onChange={(event) => {
                   change({ action: event.currentTarget.value.trim() });
                 }} />
        </div>
      </form>
      <Section title="Newest first" actions={<Verify key={log} log={log} />}>
        <ListTable list={list} caption="Events, newest first" hidden
                   keyOf={(row) => row.id} empty="No event like that."
                   columns={[
                     { name: "At", cell: (row) => <Time of={row.at} /> },
                     { name: "Action", cell: (row) => (
                       <code>{row.action}</code>) },
                     { name: "Subject", cell: (row) => (
                       <Id of={row.subject} />) },
                     { name: "Actor", cell: (row) => row.actor },
                     { name: "Outcome", cell: (row) => (
                       <Badge tone={row.outcome === "ok" ? "good" : "bad"}>
                         {row.outcome}
                       </Badge>) },
                     { name: "Details", cell: (row) => (
                       <Details json={row.detailsJson} />) },
                     { name: "Request", cell: (row) => row.traceId
                       ? <Id of={row.traceId} /> : "–" }]} />
      </Section>
    </Page>
  );
}
