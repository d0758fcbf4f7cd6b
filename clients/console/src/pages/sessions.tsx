// What was said to a device, message by message.
import type { Schemas } from "../api";
import { sessionTone } from "../fleet";
import { hexOf, stateText } from "../format";
import { useLive } from "../live";
import { Link } from "../router";
import { Badge, Facts, Id, Loaded, Page, Section, Time } from "../ui";

export function Timeline({ messages }: {
  messages: readonly Schemas["SessionMessage"][];
}) {
  if (messages.length === 0) return <p class="dim">No message yet.</p>;
  return (
    <ol class="timeline">
      {messages.map((message) => {
        const from = message.direction === "from-device";
        return (
          <li key={message.n} class={from ? "from" : "to"}>
            <p>
              <span class="dim">{from ? "From device" : "To device"}</span>{" "}
              <strong>{message.name}</strong>{" "}
              {message.status !== "" && (
                <Badge tone={message.status === "pass" ? "good" : "bad"}>
                  {message.status}
                </Badge>
              )}
            </p>
            <p class="dim">
              <Time of={message.at} />
              {message.serverUs !== "0" &&
                ` · ${(Number(message.serverUs) / 1000).toFixed(1)} ms here`}
            </p>
            {message.errorCode !== "" && (
              <p>Error <code>{message.errorCode}</code>. {message.advice}</p>
            )}
            {message.detail !== "" && <p>{message.detail}</p>}
          </li>
        );
      })}
    </ol>
  );
}

export function SessionPage({ tid }: { tid: string }) {
  const session = useLive("/v1/sessions/{tid}", { path: { tid } });
  return (
    <Page title="Session" live={session.live}>
      <Loaded of={session}>
        {(data) => data.session && (
          <>
            <Section title="Session">
              <Facts of={[
                ["Transaction", <Id of={data.session.tid} full />],
                ["State", (
                  <Badge tone={sessionTone(data.session.state)}>
                    {data.session.state}
                  </Badge>)],
                ["Form of OTrP", stateText(data.session.dialect, "DIALECT_")],
                ["Opened", <Time of={data.session.openedAt} />],
                ["Last message", <Time of={data.session.lastMessageAt} />],
                ["Devices", data.session.dids.map((did) => (
                  <Link key={did} to={["devices", hexOf(did)]}>
                    <Id of={hexOf(did)} />
                  </Link>))]]} />
            </Section>
            <Section title="Messages">
              <Timeline messages={data.session.messages} />
            </Section>
          </>
        )}
      </Loaded>
    </Page>
  );
}
