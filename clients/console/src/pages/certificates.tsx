// What the authorities issued, and when it ends.
import { type Schemas, send } from "../api";
import { Action } from "../form";
import { daysUntil, stateText } from "../format";
import { useGet, useList } from "../live";
import { setQuery } from "../router";
import { useRights } from "../session";
import { Badge, Id, ListTable, Loaded, Page, Section, Table, Time,
         type Tone } from "../ui";

type Profile = Schemas["Profile"];
type Certificate = Schemas["Certificate"];

const PROFILES = ["UNSPECIFIED", "TSM", "TEE", "TFW", "SP", "SERVICE",
                  "CLIENT", "AUTHORITY", "WEB", "OCSP"];
const REASONS: [Schemas["RevocationReason"], string][] = [
  ["REVOCATION_REASON_UNSPECIFIED", "Not said"],
  ["REVOCATION_REASON_KEY_COMPROMISE", "The key was compromised"],
  ["REVOCATION_REASON_AFFILIATION_CHANGED", "The affiliation changed"],
  ["REVOCATION_REASON_SUPERSEDED", "Another one replaces it"],
  ["REVOCATION_REASON_CESSATION_OF_OPERATION", "It is no longer used"],
  ["REVOCATION_REASON_PRIVILEGE_WITHDRAWN", "The right was withdrawn"],
];

// Of an authority's generations the active one issues.
const GENERATION_TONES: Readonly<Record<string, Tone>> = {
  active: "good", next: "busy", retiring: "busy", revoked: "bad",
};

// Authorities by name, the newest generation first.
function byGeneration(a: Schemas["Authority"], b: Schemas["Authority"]) {
  return a.line.localeCompare(b.line) || b.generation - a.generation;
}

// It is time for another one: 30 days before the end, and of one that lives for
// days only, once two thirds of its life are over.
function endsSoon(at: string, since: string | undefined): boolean {
  const left = Date.parse(at) - Date.now();
  const life = since ? Date.parse(at) - Date.parse(since) : Infinity;
  return left < Math.min(30 * 86_400_000, life / 3);
}

export function Expiry({ at, since }: {
  at: string | undefined;
  // Begin of validity.
  since?: string | undefined;
}) {
  if (!at) return <>–</>;
  const days = daysUntil(at);
  return (
    <>
      <Time of={at} />{" "}
      {days < 0 ? <Badge tone="bad">expired</Badge>
        : endsSoon(at, since) && <Badge tone="bad">{days} days left</Badge>}
    </>
  );
}

function Revoke({ row, done }: { row: Certificate; done: () => void }) {
  return (
    <Action label="Revoke" danger title={`Revoke ${row.subject}?`}
            name={`Revoke ${row.subject} ${row.serial}`}
            text="For good. The next list of revoked certificates has it."
            done="Revoked."
            fields={[{ name: "reason", label: "Reason", kind: "select",
                       options: REASONS }]}
            run={async (values) => {
              await send("post", "/v1/certificates/{serial}:revoke", {
                path: { serial: row.serial },
                body: { reason: values.text("reason") as
                          Schemas["RevocationReason"] } });
              done();
              return null;
            }} />
  );
}

export function Certificates({ query }: { query: URLSearchParams }) {
  const rights = useRights();
  const asked = query.get("profile") ?? "";
  const profile = PROFILES.includes(asked) ? asked : "UNSPECIFIED";
  const list = useList("/v1/certificates", {
    query: { pageSize: 1000, profile: `PROFILE_${profile}` as Profile } },
                       (answer) => answer.certificates);
  const authorities = useGet("/v1/authorities", {});
  const sorted = { ...list, rows: list.rows && [...list.rows].sort((a, b) =>
    (a.notAfter ?? "").localeCompare(b.notAfter ?? "")) };
  return (
    <Page title="Certificates" live={list.live}>
      <div class="filters">
        <div class="field">
          <label for="profile">Show</label>
          <select id="profile" value={profile} onChange={(event) => {
            setQuery({ profile: event.currentTarget.value });
          }}>
            {PROFILES.map((one) => (
              <option key={one} value={one}>
                {one === "UNSPECIFIED" ? "All profiles" : one.toLowerCase()}
              </option>
            ))}
          </select>
        </div>
      </div>
      <Section title="Those that end first">
        <ListTable list={sorted} caption="Certificates by their end" hidden
                   keyOf={(row) => row.serial} empty="None."
                   columns={[
                     { name: "Subject", cell: (row) => (
                       <>
                         {row.subject || "–"}
                         {row.sanUris.map((uri) => (
                           <p key={uri} class="dim">{uri}</p>))}
                       </>) },
                     { name: "Profile", cell: (row) =>
                       stateText(row.profile, "PROFILE_") },
                     { name: "Status", cell: (row) => (
                       <Badge tone={row.status === "revoked" ? "bad"
                         : row.status === "issued" ? "good" : "plain"}>
                         {row.status}
                       </Badge>) },
                     { name: "Ends", cell: (row) => row.status === "issued"
                       ? <Expiry at={row.notAfter} since={row.notBefore} />
                       : <Time of={row.notAfter} /> },
                     { name: "Authority", cell: (row) => row.authority },
                     { name: "Serial", cell: (row) => <Id of={row.serial} /> },
                     ...(rights.operates ? [{
                       name: "Change", cell: (row: Certificate) =>
                         row.status === "issued" ? (
                           <Revoke row={row} done={list.reload} />
                         ) : "–" }] : [])]} />
      </Section>
      <Section title="Authorities">
        <Loaded of={authorities}>
          {(data) => (
            <Table caption="Authorities" hidden
                   rows={[...data.authorities].sort(byGeneration)}
                   keyOf={(row) => row.name} empty="None."
                   columns={[
                     { name: "Name", cell: (row) => row.line },
                     { name: "Generation", number: true, cell: (row) =>
                       row.generation },
                     { name: "State", cell: (row) => (
                       <Badge tone={GENERATION_TONES[row.state] ?? "plain"}>
                         {row.state}
                       </Badge>) },
                     { name: "Hierarchy", cell: (row) =>
                       stateText(row.role, "ROLE_") },
                     { name: "Key", cell: (row) =>
                       `${row.keyType}, ${row.keyBits} bits` },
                     { name: "Signed by", cell: (row) => row.issuer },
                     { name: "Ends", cell: (row) => (
                       <Expiry at={row.notAfter} />) }]} />
          )}
        </Loaded>
      </Section>
    </Page>
  );
}
