// What is going on: of the whole fleet, or of a service provider's own things.
import { type Schemas } from "../api";
import { DEVICE_TONES, type DeviceState, FAILED, type Hour, byHour, countBy,
         stateOf, versionsInField } from "../fleet";
import { daysUntil, stateText, timeText } from "../format";
import { useGet, useLive, useTicks } from "../live";
import { Link } from "../router";
import { useRights } from "../session";
import { Badge, Facts, Id, Loaded, Page, Section, Table, Time } from "../ui";

const MOST = 1000;
// What all devices have said is some hundred KiB: a stream would have it made
// every two seconds for each open page.
const EVERY_MS = 15_000;

export function Dashboard() {
  const rights = useRights();
  return rights.spid === undefined ? <Fleet /> : <Own spid={rights.spid} />;
}

function Figure({ count, words, to }: {
  count: number | string; words: string; to?: string[];
}) {
  return (
    <div class="card">
      <span class="figure">{count}</span>
      {to ? <Link to={to}>{words}</Link> : words}
    </div>
  );
}

// Bars of 24 hours. The numbers stand in a table below for whoever can't see
// them.
function Bars({ hours }: { hours: Hour[] }) {
  const top = Math.max(1, ...hours.map((h) => h.ok + h.failed + h.other));
  const scaled = (count: number) => count / top * 100;
  return (
    <>
      <svg class="chart" viewBox="0 0 240 100" preserveAspectRatio="none"
           role="img" aria-label={
             "Sessions of the last 24 hours by hour; the numbers are in the " +
             "table below"}>
        {hours.map((hour, i) => {
          const failed = scaled(hour.failed);
          const other = scaled(hour.other);
          const ok = scaled(hour.ok);
          return (
            <g key={hour.at}>
              <rect class="failed" x={i * 10 + 1} width={8}
                    y={100 - failed} height={failed} />
              <rect class="other" x={i * 10 + 1} width={8}
                    y={100 - failed - other} height={other} />
              <rect class="ok" x={i * 10 + 1} width={8}
                    y={100 - failed - other - ok} height={ok} />
            </g>
          );
        })}
      </svg>
      <div class="legend">
        <span class="ok">done</span>
        <span class="failed">failed, refused or blocked</span>
        <span class="other">open, expired or superseded</span>
      </div>
      <details>
        <summary>The numbers</summary>
        <Table caption="Sessions by hour (UTC)" keyOf={(hour) => hour.at}
               rows={hours.filter((h) => h.ok + h.failed + h.other > 0)}
               empty="No session in the last 24 hours."
               columns={[
                 { name: "Hour", cell: (h) => timeText(h.at).slice(0, 16) },
                 { name: "Done", number: true, cell: (h) => h.ok },
                 { name: "Failed", number: true, cell: (h) => h.failed },
                 { name: "Other", number: true, cell: (h) => h.other }]} />
      </details>
    </>
  );
}

const STATES: [DeviceState, string][] = [
  ["settled", "have all that they should"],
  ["converging", "have something to be done"],
  ["stuck", "have something that was given up"],
  ["refused", "are not believed"],
  ["unknown", "have said nothing yet"],
];

function Fleet() {
  const rights = useRights();
  const ticks = useTicks(EVERY_MS);
  const all = { query: { pageSize: MOST } };
  const devices = useGet("/v1/devices", all, ticks);
  const sessions = useGet("/v1/sessions", all, ticks);
  const registrations = useGet("/v1/registrations",
                               { query: { state: "pending" } }, ticks);
  const reviews = useGet("/v1/reviews",
                         { query: { state: "REVIEW_STATE_SUBMITTED" } },
                         ticks);
  const many = (rows: readonly unknown[] | undefined, token = "") =>
    rows === undefined ? "–" : `${rows.length}${token === "" ? "" : "+"}`;
  const day = Date.now() - 86_400_000;
  const recent = (sessions.data?.sessions ?? []).filter((session) =>
    Date.parse(session.lastMessageAt ?? "") > day);
  return (
    <Page title="Overview">
      <p class="dim">Figures of the whole, counted anew every{" "}
        {EVERY_MS / 1000} seconds.</p>
      <div class="cards">
        <Figure words="devices" to={["devices"]}
                count={many(devices.data?.devices,
                            devices.data?.nextPageToken)} />
        <Figure words="sessions in 24 hours" to={["sessions"]}
                count={sessions.data ? recent.length : "–"} />
        <Figure words="of them failed" to={["sessions"]}
                count={sessions.data
                  ? recent.filter((s) => FAILED.has(s.state)).length : "–"} />
        <Figure words="registrations wait" to={["registrations"]}
                count={many(registrations.data?.registrations,
                            registrations.data?.nextPageToken)} />
        <Figure words={rights.reviews ? "reviews wait for you"
                  : "reviews wait"} to={["reviews"]}
                count={many(reviews.data?.reviews,
                            reviews.data?.nextPageToken)} />
      </div>
      <Section title="Devices by state">
        <Loaded of={devices}>
          {(data) => {
            const counts = countBy(data.devices, stateOf);
            return (
              <>
                <Table caption="Devices by state" hidden
                       rows={STATES} keyOf={([state]) => state} empty=""
                       columns={[
                         { name: "State", cell: ([state]) => (
                           <Badge tone={DEVICE_TONES[state]}>{state}</Badge>) },
                         { name: "They", cell: ([, words]) => words },
                         { name: "Devices", number: true, cell: ([state]) =>
                           counts.get(state) ?? 0 }]} />
                {data.nextPageToken !== "" && (
                  <p class="dim">Of the first {MOST} devices by id; there are
                    more.</p>
                )}
              </>
            );
          }}
        </Loaded>
      </Section>
      <Section title="Sessions of the last 24 hours">
        <Loaded of={sessions}>
          {(data) => (
            <>
              <Bars hours={byHour(data.sessions, Date.now())} />
              {data.nextPageToken !== "" && (
                <p class="dim">Of the latest {MOST} sessions; there are older
                  ones.</p>
              )}
            </>
          )}
        </Loaded>
      </Section>
      <Section title="Versions in the field">
        <Loaded of={devices}>
          {(data) => (
            <Table caption="Versions that devices have" hidden
                   rows={versionsInField(data.devices)}
                   keyOf={(row) => `${row.spid}/${row.taid}/${row.version}`}
                   empty="No device has an application yet."
                   columns={[
                     { name: "Service provider", cell: (row) => (
                       <Link to={["providers", row.spid]}>{row.spid}</Link>) },
                     { name: "Application", cell: (row) => (
                       <Link to={["applications", row.spid, row.taid]}>
                         {row.taid}
                       </Link>) },
                     { name: "Version", cell: (row) => row.version || "not " +
                       "known" },
                     { name: "Devices", number: true,
                       cell: (row) => row.devices }]} />
          )}
        </Loaded>
      </Section>
    </Page>
  );
}

function newest(application: Schemas["Application"]) {
  return application.versions[application.versions.length - 1];
}

function Own({ spid }: { spid: string }) {
  const applications = useLive("/v1/service-providers/{spid}/applications",
                               { path: { spid }, query: { pageSize: MOST } });
  const account = useGet("/v1/service-providers/{spid}", { path: { spid } });
  const { caller } = useRights();
  return (
    <Page title="Overview" live={applications.live}>
      <Section title="Account">
        <Loaded of={account}>
          {(data) => {
            const current = data.serviceProvider?.certificates
              .find((one) => one.current);
            const days = current?.notAfter
              ? daysUntil(current.notAfter) : undefined;
            return (
              <Facts of={[
                ["Service provider", data.serviceProvider?.name],
                ["State", data.serviceProvider?.state],
                ["Your role", caller.role],
                ["Signing certificate", current
                  ? <>until <Time of={current.notAfter} />{" "}
                    {days !== undefined && days < 30 &&
                      <Badge tone="bad">{days} days left</Badge>}</>
                  : <Link to={["providers", spid, "certificates"]}>
                    None yet: get one</Link>]]} />
            );
          }}
        </Loaded>
      </Section>
      <Section title="Applications">
        <Loaded of={applications}>
          {(data) => (
            <Table caption="Applications" hidden rows={data.applications}
                   keyOf={(row) => row.taid}
                   empty="No application yet: upload a version of one."
                   columns={[
                     { name: "Application", cell: (row) => (
                       <Link to={["applications", spid, row.taid]}>
                         <Id of={row.taid} full />
                       </Link>) },
                     { name: "Released", cell: (row) => row.withdrawn
                       ? <Badge tone="bad">withdrawn</Badge>
                       : row.releasedVersion || "–" },
                     { name: "Newest version", cell: (row) => {
                       const version = newest(row);
                       return version ? (
                         <Link to={["applications", spid, row.taid,
                                    version.version]}>
                           {version.version}{" "}
                           ({stateText(version.reviewState, "REVIEW_STATE_")})
                         </Link>) : "–";
                     } }]} />
          )}
        </Loaded>
      </Section>
    </Page>
  );
}
