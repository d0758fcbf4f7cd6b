// Who asks for an account.
import { type Schemas, send } from "../api";
import { Action, REASON } from "../form";
import { useList } from "../live";
import { Link, setQuery } from "../router";
import { useRights } from "../session";
import { Badge, ListTable, Page, Section, Time, type Tone } from "../ui";

type Registration = Schemas["Registration"];

const TONES: Record<string, Tone> = { pending: "busy", approved: "good",
                                      rejected: "bad" };

function Decide({ row, done }: { row: Registration; done: () => void }) {
  const { registrationId } = row;
  return (
    <div class="buttons">
      <Action label="Approve" title={`Approve ${row.spid}?`} done="Approved."
              name={`Approve ${row.spid}`}
              text={`“${row.name}” gets an account. Nobody has checked ` +
                "the name: ask by the contact."}
              run={async () => {
                await send("post",
                           "/v1/registrations/{registrationId}:approve",
                           { path: { registrationId }, body: {} });
                done();
                return null;
              }} />
      <Action label="Reject" danger title={`Reject ${row.spid}?`}
              done="Rejected." name={`Reject ${row.spid}`} fields={[REASON]}
              run={async (values) => {
                await send("post", "/v1/registrations/{registrationId}:reject",
                           { path: { registrationId },
                             body: { reason: values.text("reason") } });
                done();
                return null;
              }} />
    </div>
  );
}

export function Registrations({ query }: { query: URLSearchParams }) {
  const rights = useRights();
  const state = query.get("state") ?? "pending";
  const list = useList("/v1/registrations", {
    query: { pageSize: 100, state: state === "all" ? "" : state } },
                       (answer) => answer.registrations);
  return (
    <Page title="Registrations" live={list.live}>
      <div class="filters">
        <div class="field">
          <label for="registration-state">Show</label>
          <select id="registration-state" value={state} onChange={(event) => {
            setQuery({ state: event.currentTarget.value });
          }}>
            <option value="pending">Waiting</option>
            <option value="approved">Approved</option>
            <option value="rejected">Rejected</option>
            <option value="all">All</option>
          </select>
        </div>
      </div>
      <Section title="Oldest first">
        <ListTable list={list} count="Registrations"
                   caption="Registrations, oldest first" hidden
                   keyOf={(row) => row.registrationId} empty="None."
                   columns={[
                     { name: "Id that is asked for", cell: (row) =>
                       row.state === "approved" ? (
                         <Link to={["providers", row.spid]}>{row.spid}</Link>
                       ) : row.spid },
                     { name: "Name", cell: (row) => row.name },
                     { name: "Contact", cell: (row) => row.contact },
                     { name: "State", cell: (row) => (
                       <Badge tone={TONES[row.state] ?? "plain"}>
                         {row.state}
                       </Badge>) },
                     { name: "Registered", cell: (row) => (
                       <Time of={row.registeredAt} />) },
                     { name: "Decision", cell: (row) =>
                       row.state !== "pending" ? (
                         <>
                           {row.decidedBy} <Time of={row.decidedAt} />
                           {row.reason !== "" && <p>{row.reason}</p>}
                         </>
                       ) : rights.operates ? (
                         <Decide row={row} done={list.reload} />
                       ) : "–" }]} />
      </Section>
    </Page>
  );
}
