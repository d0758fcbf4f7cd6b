// Where events are posted to, and what became of each.
import { type Schemas, send } from "../api";
import { Action, type FieldSpec } from "../form";
import { stateText } from "../format";
import { useList, useLive } from "../live";
import { Link, href, setQuery } from "../router";
import { useRights } from "../session";
import { Badge, type Column, Facts, Id, ListTable, Loaded, Once, Page, Section,
         Time, type Tone } from "../ui";

type Webhook = Schemas["Webhook"];
type Delivery = Schemas["WebhookDelivery"];
type State = Schemas["WebhookDeliveryState"];

const PATH = "/v1/service-providers/{spid}/webhooks/{webhookId}";
const PREFIX = "WEBHOOK_DELIVERY_STATE_";

const STATES: [State, string][] = [
  ["WEBHOOK_DELIVERY_STATE_UNSPECIFIED", "All"],
  ["WEBHOOK_DELIVERY_STATE_PENDING", "To be sent"],
  ["WEBHOOK_DELIVERY_STATE_DELIVERED", "Delivered"],
  ["WEBHOOK_DELIVERY_STATE_DEAD", "Given up"],
];
const TONES: Record<string, Tone> = {
  WEBHOOK_DELIVERY_STATE_DELIVERED: "good",
  WEBHOOK_DELIVERY_STATE_PENDING: "busy",
};

function fields(webhook: Webhook | undefined): FieldSpec[] {
  return [
    { name: "url", label: "URL", value: webhook?.url ?? "",
      hint: "https, of the public Internet." },
    { name: "eventTypes", label: "Events", kind: "textarea",
      value: webhook?.eventTypes.join("\n") ?? "*",
      hint: "Their full names on lines, such as otrp.version.released; * for " +
        "all." },
  ];
}

function Secret({ secret }: { secret: string }) {
  return <Once title="Keep this secret." secret={secret}
               text="Events are signed with it. Nobody can show it again." />;
}

function WebhookState({ of: webhook }: { of: Webhook }) {
  if (!webhook.enabled) {
    return (
      <>
        <Badge tone="bad">disabled</Badge> {webhook.disabledReason}
      </>
    );
  }
  return webhook.failingSince
    ? <><Badge tone="busy">failing</Badge> since{" "}
      <Time of={webhook.failingSince} /></>
    : <Badge tone="good">enabled</Badge>;
}

export function Webhooks({ spid }: { spid: string }) {
  const rights = useRights();
  const list = useList("/v1/service-providers/{spid}/webhooks",
                       { path: { spid }, query: { pageSize: 100 } },
                       (answer) => answer.webhooks);
  return (
    <Section title="Webhooks" actions={rights.owns(spid) && (
      <Action label="Make a webhook" title="Make a webhook" done="Made."
              fields={fields(undefined)}
              run={async (values) => {
                const answer = await send(
                  "post", "/v1/service-providers/{spid}/webhooks", {
                    path: { spid },
                    body: { url: values.text("url"),
                            eventTypes: values.names("eventTypes") } });
                list.reload();
                return <Secret secret={answer.secret} />;
              }} />
    )}>
      <ListTable list={list} caption="Webhooks" hidden
                 keyOf={(row) => row.webhookId}
                 empty="None: nobody is told of events." columns={[
                   { name: "URL", cell: (row) => (
                     <Link to={["webhooks", spid, row.webhookId]}>
                       {row.url}
                     </Link>) },
                   { name: "State", cell: (row) => (
                     <WebhookState of={row} />) },
                   { name: "Events", cell: (row) =>
                     row.eventTypes.join(", ") },
                   { name: "Since", cell: (row) => (
                     <Time of={row.createdAt} />) }]} />
    </Section>
  );
}

function Changes({ webhook, done }: { webhook: Webhook; done: () => void }) {
  const { spid, webhookId, enabled } = webhook;
  const path = { spid, webhookId };
  return (
    <>
      {enabled && (
        <Action label="Test" title="Send a test event?" done="Sent."
                run={async () => {
                  await send("post", `${PATH}:test`, { path, body: {} });
                  done();
                  return null;
                }} />
      )}
      <Action label="Change" title="Change the webhook" done="Changed."
              fields={fields(webhook)}
              run={async (values) => {
                await send("patch", PATH, { path, body: {
                  url: values.text("url"),
                  eventTypes: values.names("eventTypes") } });
                done();
                return null;
              }} />
      <Action label={enabled ? "Disable" : "Enable"} done="Changed."
              title={enabled ? "Disable the webhook?" : "Enable the webhook?"}
              text={enabled ? "What waits is given up; it can be replayed."
                : "It starts with no failures."}
              run={async () => {
                await send("patch", PATH, { path, body: {
                  enabled: !enabled } });
                done();
                return null;
              }} />
      <Action label="New secret" title="Make a new secret?" done="Made."
              text="The one before signs too for as long as you say."
              fields={[{ name: "overlap", label: "The one before is good for",
                         kind: "select", options: [
                           ["86400s", "1 day"], ["604800s", "7 days"],
                           ["3600s", "1 hour"], ["0s", "no longer"]] }]}
              run={async (values) => {
                const answer = await send("post", `${PATH}:rotate-secret`, {
                  path, body: { overlap: values.text("overlap") } });
                done();
                return <Secret secret={answer.secret} />;
              }} />
      <Action label="Delete" danger title="Delete the webhook?" done="Deleted."
              text="With all that waits for it."
              run={async () => {
                await send("delete", PATH, { path });
                location.hash = href("providers", spid, "webhooks");
                return null;
              }} />
    </>
  );
}

export function WebhookPage({ spid, webhookId, query }: {
  spid: string; webhookId: string; query: URLSearchParams;
}) {
  const rights = useRights();
  const path = { spid, webhookId };
  const result = useLive(PATH, { path });
  const webhook = result.data?.webhook;
  const asked = query.get("state");
  const state = STATES.find(([one]) => one === asked)?.[0] ?? STATES[0]?.[0];
  const deliveries = useList(`${PATH}/deliveries`, {
    path, query: { pageSize: 100, ...(state ? { state } : {}) } },
                             (answer) => answer.deliveries);
  const columns: Column<Delivery>[] = [
    { name: "Event", cell: (row) => (
      <>{row.eventType} <p class="dim"><Id of={row.eventId} /></p></>) },
    { name: "About", cell: (row) => row.subject },
    { name: "State", cell: (row) => (
      <Badge tone={TONES[row.state] ?? "bad"}>
        {stateText(row.state, PREFIX)}
      </Badge>) },
    { name: "Tries", number: true, cell: (row) => row.attempts },
    { name: "Last answer", cell: (row) => (
      <>{row.lastStatus || "–"} {row.lastError}</>) },
    { name: "Happened", cell: (row) => <Time of={row.createdAt} /> },
    { name: "Next try", cell: (row) => <Time of={row.nextAttemptAt} /> },
  ];
  if (rights.owns(spid) && webhook?.enabled) {
    columns.push({ name: "Change", cell: (row) => (
      <Action label="Replay" name={`Replay ${row.eventId}`}
              title="Deliver the event once more?" done="Replayed."
              run={async () => {
                await send("post", `${PATH}/deliveries/{eventId}:replay`, {
                  path: { ...path, eventId: row.eventId }, body: {} });
                deliveries.reload();
                return null;
              }} />) });
  }
  return (
    <Page title="Webhook" live={result.live} actions={
      rights.owns(spid) && webhook && (
        <Changes webhook={webhook} done={() => {
          result.reload();
          deliveries.reload();
        }} />)}>
      <p class="dim">Of <Link to={["providers", spid, "webhooks"]}>
        {spid}</Link>.</p>
      <Loaded of={result}>
        {() => webhook && (
          <Section title="Where events are posted to">
            <Facts of={[
              ["URL", webhook.url],
              ["State", <WebhookState of={webhook} />],
              ["Events", webhook.eventTypes.join(", ")],
              ["Made", <Time of={webhook.createdAt} />],
              ["The secret before signs until", webhook.oldSecretUntil && (
                <Time of={webhook.oldSecretUntil} />)]]} />
          </Section>
        )}
      </Loaded>
      <Section title="Deliveries">
        <div class="filters">
          <div class="field">
            <label for="delivery-state">Show</label>
            <select id="delivery-state" value={state} onChange={(event) => {
              setQuery({ state: event.currentTarget.value });
            }}>
              {STATES.map(([value, words]) => (
                <option key={value} value={value}>{words}</option>
              ))}
            </select>
          </div>
        </div>
        <ListTable list={deliveries} caption="Deliveries, newest first" hidden
                   keyOf={(row) => row.eventId} empty="None."
                   columns={columns} />
      </Section>
    </Page>
  );
}
