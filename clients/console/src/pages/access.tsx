// Members, invitations and tokens: of a service provider, or of the operators'
// side (spid ""), which has the same under other paths.
import { type Schemas, send } from "../api";
import { Action, type FieldSpec } from "../form";
import { useList } from "../live";
import { useRights } from "../session";
import { Badge, type Column, Id, ListTable, Once, Section, Time } from "../ui";

const HOUR = 3600;
const DAY = 24 * HOUR;
const SP_ROLES: [string, string][] = [
  ["auditor", "auditor: reads"],
  ["developer", "developer: pushes versions"],
  ["releaser", "releaser: releases and assigns"],
  ["owner", "owner: all, with members and tokens"],
];
const OPERATOR_ROLES: [string, string][] = [
  ["auditor", "auditor: reads"],
  ["approver", "approver: reviews versions"],
  ["operator", "operator: operates"],
];

function rolesOf(spid: string): [string, string][] {
  return spid === "" ? OPERATOR_ROLES : SP_ROLES;
}

function lifetime(options: [number, string][]): FieldSpec {
  return { name: "lifetimeSeconds", label: "Good for", kind: "select",
           options: options.map(([seconds, words]) =>
             [String(seconds), words]) };
}

export function Members({ spid }: { spid: string }) {
  const rights = useRights();
  const own = spid === "";
  const query = { pageSize: 100 };
  const sps = useList(own ? null : "/v1/service-providers/{spid}/members",
                      { path: { spid }, query }, (answer) => answer.members);
  const operators = useList(own ? "/v1/operators/members" : null, { query },
                            (answer) => answer.members);
  const list = own ? operators : sps;
  // Users on the operators' side are changed with a certificate alone.
  const changes = !own && rights.owns(spid);
  const columns: Column<Schemas["Member"]>[] = [
    { name: "Name", cell: (row) => row.name },
    { name: "Role", cell: (row) => row.role },
    { name: "Since", cell: (row) => <Time of={row.addedAt} /> },
  ];
  if (changes) {
    columns.push({ name: "Change", cell: (row) => (
      <div class="buttons">
        <Action label="Change role" title={`Change the role of ${row.name}`}
                name={`Change role of ${row.name}`} done="Changed."
                fields={[{ name: "role", label: "Role", kind: "select",
                           options: rolesOf(spid), value: row.role }]}
                run={async (values) => {
                  await send("patch",
                             "/v1/service-providers/{spid}/members/{name}",
                             { path: { spid, name: row.name },
                               body: { role: values.text("role") } });
                  list.reload();
                  return null;
                }} />
        <Action label="Remove" danger title={`Remove ${row.name}?`}
                name={`Remove ${row.name}`} done="Removed."
                text="The member’s tokens are revoked."
                run={async () => {
                  await send("delete",
                             "/v1/service-providers/{spid}/members/{name}",
                             { path: { spid, name: row.name } });
                  list.reload();
                  return null;
                }} />
      </div>) });
  }
  return (
    <>
      <Section title="Members">
        <ListTable list={list} caption="Members" hidden
                   keyOf={(row) => row.name} empty="No member yet."
                   columns={columns} />
      </Section>
      <Invitations spid={spid} />
      {own && (
        <p class="dim">Members of the operators’ side are invited and changed
          with an operator’s certificate, by otrpctl or by REST.</p>
      )}
    </>
  );
}

function Invitations({ spid }: { spid: string }) {
  const rights = useRights();
  const own = spid === "";
  const query = { pageSize: 100 };
  const sps = useList(own ? null : "/v1/service-providers/{spid}/invitations",
                      { path: { spid }, query },
                      (answer) => answer.invitations);
  const operators = useList(own ? "/v1/operators/invitations" : null,
                            { query }, (answer) => answer.invitations);
  const list = own ? operators : sps;
  const changes = !own && rights.owns(spid);
  const columns: Column<Schemas["Invitation"]>[] = [
    { name: "Invitation", cell: (row) => <Id of={row.invitationId} full /> },
    { name: "Role", cell: (row) => row.role },
    { name: "Invited by", cell: (row) => row.invitedBy },
    { name: "Good until", cell: (row) => <Time of={row.expiresAt} /> },
  ];
  if (changes) {
    columns.push({ name: "Change", cell: (row) => (
      <Action label="Revoke" danger title="Revoke the invitation?"
              name={`Revoke ${row.invitationId}`} done="Revoked."
              text="Its code is worthless then."
              run={async () => {
                await send("delete", "/v1/service-providers/{spid}/invitations/{invitationId}",
                           { path: { spid, invitationId: row.invitationId } });
                list.reload();
                return null;
              }} />) });
  }
  return (
    <Section title="Open invitations" actions={changes && (
      <Action label="Invite" title="Invite somebody" done="Invited."
              fields={[
                { name: "role", label: "Role", kind: "select",
                  options: rolesOf(spid) },
                lifetime([[7 * DAY, "7 days"], [DAY, "1 day"],
                          [HOUR, "1 hour"], [14 * DAY, "14 days"]])]}
              run={async (values) => {
                const answer = await send(
                  "post", "/v1/service-providers/{spid}/invitations", {
                    path: { spid },
                    body: { role: values.text("role"),
                            lifetimeSeconds: values.text("lifetimeSeconds") },
                  });
                list.reload();
                return <Once title="Hand this code over." secret={answer.code}
                             text={"It works once, and nobody can show it " +
                               "again."} />;
              }} />
    )}>
      <ListTable list={list} caption="Open invitations" hidden
                 keyOf={(row) => row.invitationId} empty="None."
                 columns={columns} />
    </Section>
  );
}

export function Tokens({ spid }: { spid: string }) {
  const rights = useRights();
  const own = spid === "";
  const query = { pageSize: 100 };
  const sps = useList(own ? null : "/v1/service-providers/{spid}/tokens",
                      { path: { spid }, query }, (answer) => answer.tokens);
  const operators = useList(own ? "/v1/operators/tokens" : null, { query },
                            (answer) => answer.tokens);
  const list = own ? operators : sps;
  const makes = rights.makesTokens(spid);
  const columns: Column<Schemas["Token"]>[] = [
    { name: "Name", cell: (row) => row.name || "–" },
    { name: "Token", cell: (row) => <Id of={row.tokenId} full /> },
    { name: "Role", cell: (row) => row.role },
    { name: "Member", cell: (row) => row.member || "–" },
    { name: "Applications", cell: (row) => row.taids.join(", ") || "all" },
    { name: "Last used", cell: (row) => <Time of={row.lastUsedAt} /> },
    { name: "Good until", cell: (row) => row.revokedAt
      ? <Badge tone="bad">revoked</Badge> : <Time of={row.expiresAt} /> },
  ];
  if (makes) {
    columns.push({ name: "Change", cell: (row) => (
      rights.owns(spid) || row.member === rights.member ? (
        <Action label="Revoke" danger title={`Revoke ${row.tokenId}?`}
                name={`Revoke ${row.tokenId}`} done="Revoked."
                text="At once and for good."
                run={async () => {
                  await (own
                    ? send("delete", "/v1/operators/tokens/{tokenId}",
                           { path: { tokenId: row.tokenId } })
                    : send("delete",
                           "/v1/service-providers/{spid}/tokens/{tokenId}",
                           { path: { spid, tokenId: row.tokenId } }));
                  list.reload();
                  return null;
                }} />) : "–") });
  }
  return (
    <>
      <Section title="Tokens" actions={makes && (
        <NewToken spid={spid} done={list.reload} />
      )}>
        <ListTable list={list} caption="Tokens" hidden
                   keyOf={(row) => row.tokenId} empty="None."
                   columns={columns} />
      </Section>
      <BrowserSessions spid={spid} />
    </>
  );
}

function NewToken({ spid, done }: { spid: string; done: () => void }) {
  const rights = useRights();
  const roles = spid === "" || rights.spid !== undefined
    ? rights.rolesToGive() : SP_ROLES.map(([role]) => role);
  return (
    <Action label="Make a token" title="Make a token" done="Made."
            text="For a program: it does by REST what its role may."
            fields={[
              { name: "name", label: "What it is for" },
              { name: "role", label: "Role", kind: "select",
                options: rolesOf(spid).filter(([role]) =>
                  roles.includes(role)) },
              { name: "taids", label: "Only these applications",
                optional: true, hint: "Ids with commas; empty: all." },
              lifetime([[30 * DAY, "30 days"], [7 * DAY, "7 days"],
                        [DAY, "1 day"], [HOUR, "1 hour"],
                        [0, "the longest there is, up to 90 days"]])]}
            run={async (values) => {
              const body = { name: values.text("name"),
                             role: values.text("role"),
                             taids: values.names("taids"),
                             lifetimeSeconds: values.text("lifetimeSeconds") };
              const answer = await (spid === ""
                ? send("post", "/v1/operators/tokens", { body })
                : send("post", "/v1/service-providers/{spid}/tokens",
                       { path: { spid }, body }));
              done();
              return <Once title="Keep this token." secret={answer.secret}
                           text="Nobody can show it again." />;
            }} />
  );
}

// Who is signed in to the console.
function BrowserSessions({ spid }: { spid: string }) {
  const rights = useRights();
  const own = spid === "";
  const query = { pageSize: 100 };
  const sps = useList(
    own ? null : "/v1/service-providers/{spid}/console-sessions",
    { path: { spid }, query }, (answer) => answer.sessions);
  const operators = useList(own ? "/v1/operators/console-sessions" : null,
                            { query }, (answer) => answer.sessions);
  const list = own ? operators : sps;
  const columns: Column<Schemas["ConsoleSession"]>[] = [
    { name: "Session", cell: (row) => <Id of={row.sessionId} full /> },
    { name: "Member", cell: (row) => row.member },
    { name: "Since", cell: (row) => <Time of={row.createdAt} /> },
    { name: "Last used", cell: (row) => <Time of={row.lastUsedAt} /> },
    { name: "Good until", cell: (row) => <Time of={row.expiresAt} /> },
  ];
  if (rights.makesTokens(spid)) {
    columns.push({ name: "Change", cell: (row) => (
      rights.owns(spid) || row.member === rights.member ? (
        <Action label="End" danger title={`End ${row.sessionId}?`}
                name={`End ${row.sessionId}`} done="Ended."
                text="Whoever is signed in by it must sign in again."
                run={async () => {
                  await (own
                    ? send("delete",
                           "/v1/operators/console-sessions/{sessionId}",
                           { path: { sessionId: row.sessionId } })
                    : send("delete", "/v1/service-providers/{spid}/console-sessions/{sessionId}",
                           { path: { spid, sessionId: row.sessionId } }));
                  list.reload();
                  return null;
                }} />) : "–") });
  }
  return (
    <Section title="Browser sessions">
      <ListTable list={list} caption="Browser sessions" hidden
                 keyOf={(row) => row.sessionId} empty="None."
                 columns={columns} />
    </Section>
  );
}
