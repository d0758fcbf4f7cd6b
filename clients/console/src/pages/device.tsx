// One device: what it has, what is to be done, why it is believed or not.
import { type Schemas, send } from "../api";
import { Action } from "../form";
import { DEVICE_TONES, STUCK, sessionTone, stateOf } from "../fleet";
import { hexOf, stateText } from "../format";
import { useGet, useLive } from "../live";
import { Link } from "../router";
import { useRights } from "../session";
import { Badge, Facts, Id, LiveMark, Loaded, Page, ProblemNotice, Section,
         Table, Time } from "../ui";
import { Timeline } from "./sessions";

type Device = Schemas["Device"];

function Reasons({ reasons }: {
  reasons: readonly { code: string; detail: string; meaning: string }[];
}) {
  if (reasons.length === 0) return <>–</>;
  return (
    <ul>
      {reasons.map((reason) => (
        <li key={reason.code}>
          <code>{reason.code}</code>: {reason.meaning}
          {reason.detail !== "" && <span class="dim"> ({reason.detail})</span>}
        </li>
      ))}
    </ul>
  );
}

function Domains({ device }: { device: Device }) {
  type Row = { domain: Schemas["SecurityDomain"];
               ta: Schemas["InstalledTa"] | undefined };
  const rows = device.securityDomains.flatMap((domain): Row[] =>
    domain.tas.length === 0 ? [{ domain, ta: undefined }]
      : domain.tas.map((ta) => ({ domain, ta })));
  return (
    <Table caption="Security domains and applications" hidden rows={rows}
           keyOf={(row) => `${row.domain.sdname}/${row.ta?.taid ?? ""}`}
           empty="The device has no security domain."
           columns={[
             { name: "Security domain", cell: (row) => row.domain.sdname },
             { name: "Service provider", cell: (row) => (
               <Link to={["providers", row.domain.spid]}>
                 {row.domain.spid}
               </Link>) },
             { name: "Application", cell: (row) => row.ta ? (
               <Link to={["applications", row.domain.spid, row.ta.taid]}>
                 {row.ta.taid}
               </Link>) : "none" },
             { name: "Version", cell: (row) => row.ta?.version || "–" },
             { name: "State", cell: (row) => row.ta ? (
               <Badge tone={row.ta.state === "installed" ? "good" : "busy"}>
                 {row.ta.state}
               </Badge>) : "–" }]} />
  );
}

function Tasks({ device }: { device: Device }) {
  return (
    <Table caption="What is to be done" hidden rows={device.tasks}
           keyOf={(task) => task.action}
           empty="Nothing: the device has what it should have."
           columns={[
             { name: "Step", cell: (task) => task.action },
             { name: "State", cell: (task) => (
               <Badge tone={STUCK.has(task.state) ? "bad" : "busy"}>
                 {task.state}
               </Badge>) },
             { name: "Tries", number: true, cell: (task) => task.attempts },
             { name: "Error and advice", cell: (task) => (
               task.lastError === "" ? "–" : (
                 <>
                   <code>{task.lastError}</code>. {task.advice}
                   {task.detail !== "" && <p class="dim">{task.detail}</p>}
                 </>)) },
             { name: "Not before", cell: (task) => (
               <Time of={task.notBefore} />) }]} />
  );
}

export function DevicePage({ did }: { did: string }) {
  const rights = useRights();
  const device = useLive("/v1/devices/{did}", { path: { did } });
  const sessions = useLive("/v1/devices/{did}/sessions",
                           { path: { did }, query: { pageSize: 20 } });
  const latest = sessions.data?.sessions[0];
  const messages = useGet(latest ? "/v1/sessions/{tid}" : null,
                          { path: { tid: latest?.tid ?? "" } },
                          `${latest?.lastMessageAt} ${latest?.state}`);
  const appraisals = useGet("/v1/devices/{did}/appraisals",
                            { path: { did }, query: { pageSize: 20 } },
                            device.data?.device?.lastSeen);
  return (
    <Page title="Device" live={device.live} actions={rights.operates && (
      <Action label="Retry" title="Retry what failed?" done="Retried."
              text={"Forgets the failures of the device’s steps, so that " +
                "they are tried again at its next contact."}
              run={async () => {
                await send("post", "/v1/devices/{did}:retry", {
                  path: { did }, body: {} });
                return null;
              }} />
    )}>
      <Loaded of={device}>
        {({ device: one }) => one && (
          <>
            <Section title="Identity">
              <Facts of={[
                ["Id", <Id of={did} full />],
                ["State", (
                  <span aria-live="polite">
                    <Badge tone={DEVICE_TONES[stateOf(one)]}>
                      {stateOf(one)}
                    </Badge>
                  </span>)],
                ["TEE", `${one.teeName} ${one.teeVersion}`],
                ["Key", one.keyType],
                ["Form of OTrP", stateText(one.dialect, "DIALECT_")],
                ["Vendor", one.teeVendor || "–"],
                ["Evidence", one.attestationTier],
                ["Groups", one.groups.join(", ") || "none"],
                ["Labels", one.labels.join(", ") || "none"],
                ["First seen", <Time of={one.firstSeen} />],
                ["Last seen", <Time of={one.lastSeen} />]]} />
            </Section>
            <Section title="Attestation">
              {one.attestation ? (
                <Facts of={[
                  ["Verdict", (
                    <Badge tone={one.attestation.verdict === "accepted"
                      ? "good" : "bad"}>
                      {one.attestation.verdict}
                    </Badge>)],
                  ["At", <Time of={one.attestation.at} />],
                  ["Reasons", <Reasons reasons={one.attestation.reasons} />],
                ]} />
              ) : <p class="dim">It has not been appraised yet.</p>}
              <details>
                <summary>Earlier appraisals</summary>
                <Loaded of={appraisals}>
                  {(data) => (
                    <Table caption="Appraisals, newest first"
                           rows={data.appraisals} keyOf={(row) => row.id}
                           empty="None." columns={[
                             { name: "At", cell: (row) => (
                               <Time of={row.at} />) },
                             { name: "Verdict", cell: (row) => (
                               <Badge tone={row.verdict === "VERDICT_ACCEPTED"
                                 ? "good" : "bad"}>
                                 {stateText(row.verdict, "VERDICT_")}
                               </Badge>) },
                             { name: "Reasons", cell: (row) => (
                               <Reasons reasons={row.reasons} />) }]} />
                  )}
                </Loaded>
              </details>
            </Section>
            <Section title="Security domains and applications">
              <Domains device={one} />
            </Section>
            <Section title="To be done"><Tasks device={one} /></Section>
          </>
        )}
      </Loaded>
      <Section title="Sessions" actions={<LiveMark live={sessions.live} />}>
        <Loaded of={sessions}>
          {(data) => (
            <Table caption="Sessions of this device, newest first"
                   rows={data.sessions} keyOf={(row) => row.tid}
                   empty="No session yet." columns={[
                     { name: "Session", cell: (row) => (
                       <Link to={["sessions", row.tid]}>
                         <Id of={row.tid} />
                       </Link>) },
                     { name: "State", cell: (row) => (
                       <Badge tone={sessionTone(row.state)}>
                         {row.state}
                       </Badge>) },
                     { name: "Opened", cell: (row) => (
                       <Time of={row.openedAt} />) },
                     { name: "Last message", cell: (row) => (
                       <Time of={row.lastMessageAt} />) }]} />
          )}
        </Loaded>
        {messages.problem && <ProblemNotice problem={messages.problem} />}
        {messages.data?.session && (
          <>
            <h3>Messages of the latest session</h3>
            <Timeline messages={messages.data.session.messages} />
          </>
        )}
        {latest && latest.dids.length > 1 && (
          <p class="dim">{latest.dids.length} TEEs took part in it:
            {" "}{latest.dids.map((one) => hexOf(one).slice(0, 12)).join(", ")}
          </p>
        )}
      </Section>
    </Page>
  );
}
