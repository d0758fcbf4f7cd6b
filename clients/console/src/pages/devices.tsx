// Lists of devices and of sessions, and the groups of devices.
import { send } from "../api";
import { Action } from "../form";
import { DEVICE_TONES, sessionTone, stateOf } from "../fleet";
import { base64OfHex, hexOf } from "../format";
import { useGet, useList } from "../live";
import { Link, setQuery } from "../router";
import { useRights } from "../session";
import { Badge, Id, ListTable, Loaded, Page, Section, Table,
         Time } from "../ui";

export function Devices({ query }: { query: URLSearchParams }) {
  const rights = useRights();
  const group = query.get("group") ?? "";
  const prefix = query.get("id") ?? "";
  const list = useList("/v1/devices",
                       { query: { pageSize: 100, group, didPrefix: prefix } },
                       (answer) => answer.devices);
  const groups = useGet("/v1/groups", {}, list.rows?.length);
  return (
    <Page title="Devices" live={list.live}>
      <form class="filters" role="search" onSubmit={(event) => {
        event.preventDefault();
      }}>
        <div class="field">
          <label for="device-group">Group</label>
          <select id="device-group" value={group} onChange={(event) => {
            setQuery({ group: event.currentTarget.value, id: prefix });
          }}>
            <option value="">All devices</option>
            {groups.data?.groups.map((one) => (
              <option key={one.name} value={one.name}>{one.name}</option>
            ))}
          </select>
        </div>
        <div class="field">
          <label for="device-id">Id begins with</label>
          <input id="device-id" value={prefix} spellcheck={false}
                 autoComplete="off" onChange={(event) => {
                   setQuery({ group,
                              id: event.currentTarget.value.trim() });
                 }} />
        </div>
      </form>
      <Section title="Devices found">
        <ListTable list={list} count="Devices" caption="Devices found" hidden
                   keyOf={(row) => row.did} empty="No device here."
                   columns={[
                     { name: "Device", cell: (row) => (
                       <Link to={["devices", hexOf(row.did)]}>
                         <Id of={hexOf(row.did)} />
                       </Link>) },
                     { name: "State", cell: (row) => (
                       <Badge tone={DEVICE_TONES[stateOf(row)]}>
                         {stateOf(row)}
                       </Badge>) },
                     { name: "TEE", cell: (row) =>
                       `${row.teeName} ${row.teeVersion}` },
                     { name: "Applications", number: true, cell: (row) =>
                       row.securityDomains.reduce(
                         (sum, domain) => sum + domain.tas.length, 0) },
                     { name: "To be done", number: true,
                       cell: (row) => row.tasks.length },
                     { name: "Groups", cell: (row) =>
                       row.groups.join(", ") || "–" },
                     { name: "Last seen", cell: (row) => (
                       <Time of={row.lastSeen} />) }]} />
      </Section>
      <Section title="Groups" actions={rights.operates && (
        <Action label="Add devices to a group" title="Add devices to a group"
                text="A group is made by its first device."
                done="Added."
                fields={[
                  { name: "group", label: "Group", value: group },
                  { name: "dids", label: "Devices’ ids", kind: "textarea",
                    hint: "64 hex digits each, on lines." }]}
                run={async (values) => {
                  await send("post", "/v1/groups/{group}/members", {
                    path: { group: values.text("group") },
                    body: { dids: values.names("dids").map(base64OfHex) } });
                  groups.reload();
                  return null;
                }} />
      )}>
        <Loaded of={groups}>
          {(data) => (
            <Table caption="Groups" hidden rows={data.groups}
                   keyOf={(row) => row.name} empty="No groups yet."
                   columns={[
                     { name: "Group", cell: (row) => row.name },
                     { name: "Devices", number: true,
                       cell: (row) => row.members }]} />
          )}
        </Loaded>
      </Section>
    </Page>
  );
}

export function Sessions() {
  const list = useList("/v1/sessions", { query: { pageSize: 100 } },
                       (answer) => answer.sessions);
  return (
    <Page title="Sessions" live={list.live}>
      <Section title="Newest first">
        <ListTable list={list} caption="Sessions, newest first" hidden
                   keyOf={(row) => row.tid} empty="No session yet."
                   columns={[
                     { name: "Session", cell: (row) => (
                       <Link to={["sessions", row.tid]}>
                         <Id of={row.tid} />
                       </Link>) },
                     { name: "State", cell: (row) => (
                       <Badge tone={sessionTone(row.state)}>
                         {row.state}
                       </Badge>) },
                     { name: "Devices", cell: (row) => row.dids.map((did) => (
                       <Link key={did} to={["devices", hexOf(did)]}>
                         <Id of={hexOf(did)} />
                       </Link>)) },
                     { name: "Opened", cell: (row) => (
                       <Time of={row.openedAt} />) },
                     { name: "Last message", cell: (row) => (
                       <Time of={row.lastMessageAt} />) }]} />
      </Section>
    </Page>
  );
}
