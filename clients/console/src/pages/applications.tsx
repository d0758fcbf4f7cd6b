// Applications, their versions, and which devices are to have them.
import { type Schemas, send } from "../api";
import { Action, type FieldSpec, type Values } from "../form";
import { base64OfHex, hexOf, sizeText, stateText } from "../format";
import { type List, useList } from "../live";
import { Link, href } from "../router";
import { useRights } from "../session";
import { Badge, Id, ListTable, Page, Section, Table, Time,
         type Tone } from "../ui";

type Application = Schemas["Application"];
type Version = Schemas["ApplicationVersion"];
type Target = Schemas["Target"];

const REVIEW_TONES: Record<string, Tone> = {
  REVIEW_STATE_SUBMITTED: "busy", REVIEW_STATE_APPROVED: "good",
  REVIEW_STATE_REJECTED: "bad",
};

export function ReviewBadge({ state }: { state: string }) {
  return (
    <Badge tone={REVIEW_TONES[state] ?? "plain"}>
      {stateText(state, "REVIEW_STATE_")}
    </Badge>
  );
}

export function targetText(target: Target | undefined): string {
  if (target?.allDevices) return "all devices";
  if (target?.group) return `group ${target.group}`;
  if (target?.devices) {
    const { group, labels = [], teeVendor, minAttestation } = target.devices;
    return [group && `group ${group}`, ...labels,
            teeVendor && `vendor ${teeVendor}`, minAttestation]
      .filter((one) => one).join(", ");
  }
  return target?.did ? `device ${hexOf(target.did)}` : "–";
}

// How a form asks for a target, and what of it goes into the request.
export const TARGET_FIELDS: FieldSpec[] = [
  { name: "kind", label: "Devices", kind: "select", options: [
    ["group", "A group"], ["did", "One device"], ["all", "All devices"]] },
  { name: "target.group", label: "Group",
    when: (values) => values.text("kind") === "group" },
  { name: "target.did", label: "Device’s id", hint: "64 hex digits.",
    when: (values) => values.text("kind") === "did" },
];

export function targetOf(values: Values): Target {
  switch (values.text("kind")) {
    case "all": return { allDevices: true };
    case "did": return { did: base64OfHex(values.text("target.did")) };
    default: return { group: values.text("target.group") };
  }
}

// Where a version is released, or an assignment looks for one.
export const CHANNEL: FieldSpec = {
  name: "channel", label: "Channel", kind: "select",
  options: [["stable", "stable"], ["beta", "beta"]],
};

export function UploadLink({ spid, taid }: { spid?: string; taid?: string }) {
  const query = new URLSearchParams();
  if (spid) query.set("spid", spid);
  if (taid) query.set("taid", taid);
  return (
    <a class="button main" href={`${href("upload")}?${query.toString()}`}>
      Upload a version
    </a>
  );
}

export function Applications() {
  const rights = useRights();
  const { spid } = rights;
  const list = useList("/v1/applications",
                       { query: { pageSize: 100, spid: spid ?? "" } },
                       (answer) => answer.applications);
  return (
    <Page title="Applications" live={list.live}
          actions={(rights.operates || rights.pushes(spid ?? "")) && (
            <UploadLink {...(spid === undefined ? {} : { spid })} />)}>
      <Section title="Trusted applications">
        <ListTable list={list} caption="Trusted applications" hidden
                   keyOf={(row) => `${row.spid}/${row.taid}`}
                   empty="No application yet: upload a version of one."
                   columns={[
                     { name: "Application", cell: (row) => (
                       <Link to={["applications", row.spid, row.taid]}>
                         {row.taid}
                       </Link>) },
                     { name: "Service provider", cell: (row) => row.spid },
                     { name: "Released", cell: (row) => <Released of={row} /> },
                     { name: "Versions", number: true,
                       cell: (row) => row.versions.length },
                     { name: "Waiting", number: true, cell: (row) =>
                       row.versions.filter((version) => version.reviewState ===
                         "REVIEW_STATE_SUBMITTED").length }]} />
      </Section>
    </Page>
  );
}

function Released({ of: application }: { of: Application }) {
  if (application.withdrawn) return <Badge tone="bad">withdrawn</Badge>;
  const { releasedVersion, betaVersion } = application;
  if (releasedVersion === "" && betaVersion === "") return <>–</>;
  return (
    <>
      {releasedVersion !== "" && <Badge tone="good">{releasedVersion}</Badge>}
      {betaVersion !== "" && (
        <>{" "}<Badge tone="busy">{`${betaVersion} beta`}</Badge></>)}
    </>
  );
}

export function Marks({ version }: { version: Version }) {
  return (
    <>
      <ReviewBadge state={version.reviewState} />
      {version.yanked && <>{" "}<Badge tone="bad">yanked</Badge></>}
      {version.deprecation !== "" && (
        <>{" "}<Badge tone="busy">deprecated</Badge></>
      )}
      {version.withheld !== "" && (
        <>{" "}<Badge tone="bad">withheld</Badge></>
      )}
    </>
  );
}

export function Application({ spid, taid }: { spid: string; taid: string }) {
  const rights = useRights();
  const list = useList("/v1/service-providers/{spid}/applications",
                       { path: { spid }, query: { pageSize: 1000 } },
                       (answer) => answer.applications);
  const assigned = useList("/v1/service-providers/{spid}/assignments",
                           { path: { spid }, query: { pageSize: 1000 } },
                           (answer) => answer.assignments);
  const application = list.rows?.find((row) => row.taid === taid);
  const versions: List<Version> = {
    ...list,
    rows: list.rows && [...application?.versions ?? []].reverse(),
    more: list.rows && !application ? list.more : undefined,
  };
  return (
    <Page title={`Application ${taid}`} live={list.live} actions={(
      <>
        {rights.pushes(spid) && <UploadLink spid={spid} taid={taid} />}
        {rights.releases(spid) &&
          (application?.releasedVersion || application?.betaVersion) && (
          <Action label="Withdraw" danger title={`Withdraw ${taid}?`}
                  text={"It is taken off all devices at their next contacts. " +
                    "The versions stay, and one may be released again."}
                  done="Withdrawn."
                  run={async () => {
                    await send("post", "/v1/service-providers/{spid}/applications/{taid}:withdraw",
                      { path: { spid, taid }, body: {} });
                    list.reload();
                    return null;
                  }} />
        )}
      </>
    )}>
      <p class="dim">Of <Link to={["providers", spid]}>{spid}</Link>.{" "}
        {application && <>Released: <Released of={application} /></>}</p>
      <Section title="Versions">
        <ListTable list={versions} caption="Versions, highest first" hidden
                   keyOf={(row) => row.version} empty="No version yet."
                   columns={[
                     { name: "Version", cell: (row) => (
                       <Link to={["applications", spid, taid, row.version]}>
                         {row.version}
                       </Link>) },
                     { name: "State", cell: (row) => (
                       <>
                         <Marks version={row} />
                         {row.version === application?.releasedVersion && (
                           <>{" "}<Badge tone="good">released</Badge></>)}
                         {row.version === application?.betaVersion && (
                           <>{" "}<Badge tone="busy">beta</Badge></>)}
                       </>) },
                     { name: "Format", cell: (row) => row.format },
                     { name: "Size", number: true, cell: (row) =>
                       sizeText(Number(row.imageBytes)) },
                     { name: "SHA-256", cell: (row) => (
                       <Id of={hexOf(row.imageSha256)} />) },
                     { name: "Uploaded", cell: (row) => (
                       <Time of={row.pushedAt} />) }]} />
      </Section>
      <Assignments spid={spid} taid={taid} list={assigned} />
    </Page>
  );
}

function Assignments({ spid, taid, list }: {
  spid: string; taid: string; list: List<Schemas["Assignment"]>;
}) {
  const rights = useRights();
  const rows = list.rows?.filter((row) => row.taid === taid);
  const releases = rights.releases(spid);
  return (
    <Section title="Devices that are to have it" actions={releases && (
      <Action label="Assign" title="Assign it to devices" done="Assigned."
              text={"Each of them installs the channel's version at its next " +
                "contact."}
              fields={[...TARGET_FIELDS, CHANNEL]}
              run={async (values) => {
                await send("post", "/v1/service-providers/{spid}/applications/{taid}/assignments",
                  { path: { spid, taid },
                    body: { target: targetOf(values),
                            channel: values.text("channel") } });
                list.reload();
                return null;
              }} />
    )}>
      {rows && (
        <Table caption="Assignments" hidden rows={rows}
               keyOf={(row) => targetText(row.target)}
               empty="It is assigned to no device."
               columns={[
                 { name: "Devices", cell: (row) => targetText(row.target) },
                 { name: "Channel", cell: (row) => row.channel },
                 { name: "Since", cell: (row) => (
                   <Time of={row.assignedAt} />) },
                 ...(releases ? [{
                   name: "Change", cell: (row: Schemas["Assignment"]) => (
                     <Unassign row={row} done={list.reload} />) }] : [])]} />
      )}
    </Section>
  );
}

function Unassign({ row, done }: {
  row: Schemas["Assignment"]; done: () => void;
}) {
  const { spid, taid, target } = row;
  return (
    <Action label="Unassign" danger done="Unassigned."
            name={`Unassign ${targetText(target)}`}
            title={`Take it off ${targetText(target)}?`}
            text={"Devices that have it by no other assignment remove it at " +
              "their next contact."}
            run={async () => {
              const query: Record<string, string | string[] | boolean> = {};
              if (target?.allDevices) query["target.allDevices"] = true;
              if (target?.group) query["target.group"] = target.group;
              if (target?.did) query["target.did"] = hexOf(target.did);
              for (const [name, value] of
                Object.entries(target?.devices ?? {})) {
                query[`target.devices.${name}`] = value;
              }
              await send("delete", "/v1/service-providers/{spid}/applications/{taid}/assignments",
                { path: { spid, taid }, query });
              done();
              return null;
            }} />
  );
}
