// Service providers: accounts, and all that belongs to one.
import { type Schemas, send } from "../api";
import { Action, REASON } from "../form";
import { derOf, hexOf, pemOf } from "../format";
import { useList, useLive } from "../live";
import { Link, href } from "../router";
import { useRights } from "../session";
import { Badge, Copy, Facts, Id, ListTable, Loaded, Page, Section, Table,
         Tabs, Time, type Tone } from "../ui";
import { Members, Tokens } from "./access";
import { TARGET_FIELDS, targetOf, targetText } from "./applications";
import { Expiry } from "./certificates";
import { Webhooks } from "./webhooks";

type Account = Schemas["ServiceProvider"];

const TONES: Record<string, Tone> = { active: "good", suspended: "busy",
                                      closed: "bad" };

function AccountBadge({ state }: { state: string }) {
  return <Badge tone={TONES[state] ?? "plain"}>{state}</Badge>;
}

export function Providers() {
  const rights = useRights();
  const list = useList("/v1/service-providers", { query: { pageSize: 100 } },
                       (answer) => answer.serviceProviders);
  return (
    <Page title="Service providers" live={list.live}
          actions={rights.operates && (
            <Action label="Make an account" title="Make an account"
                    text={"Without a registration; its owner is invited " +
                      "afterwards."}
                    done="Made."
                    fields={[{ name: "spid", label: "Service provider’s id" },
                             { name: "name", label: "Name of the company" }]}
                    run={async (values) => {
                      await send("post", "/v1/service-providers", {
                        body: { spid: values.text("spid"),
                                name: values.text("name") } });
                      list.reload();
                      return null;
                    }} />)}>
      <Section title="Accounts">
        <ListTable list={list} caption="Accounts" hidden
                   keyOf={(row) => row.spid} empty="No account yet."
                   columns={[
                     { name: "Id", cell: (row) => (
                       <Link to={["providers", row.spid]}>{row.spid}</Link>) },
                     { name: "Name", cell: (row) => row.name },
                     { name: "State", cell: (row) => (
                       <AccountBadge state={row.state} />) },
                     { name: "Signing certificate", cell: (row) => {
                       const current = row.certificates.find(
                         (one) => one.current);
                       return current ? <Expiry at={current.notAfter} />
                         : "none";
                     } },
                     { name: "Since", cell: (row) => (
                       <Time of={row.createdAt} />) }]} />
      </Section>
    </Page>
  );
}

export function Provider({ spid, tab }: { spid: string; tab: string }) {
  const names: [string, string][] = [
    ["", "Account"], ["members", "Members"], ["tokens", "Tokens"],
    ["entitlements", "Entitlements"], ["certificates", "Certificates"],
    ["webhooks", "Webhooks"]];
  const title = names.find(([key]) => key === tab)?.[1] ?? "Account";
  return (
    <Page title={`${title} of ${spid}`}>
      <Tabs label={`Of ${spid}`} tabs={names.map(([key, name]) => ({
        name, current: key === tab,
        href: key === "" ? href("providers", spid)
          : href("providers", spid, key) }))} />
      {(() => {
        switch (tab) {
          case "members": return <Members spid={spid} />;
          case "tokens": return <Tokens spid={spid} />;
          case "entitlements": return <Entitlements spid={spid} />;
          case "certificates": return <Certificates spid={spid} />;
          case "webhooks": return <Webhooks spid={spid} />;
          default: return <AccountTab spid={spid} />;
        }
      })()}
    </Page>
  );
}

function Changes({ account, done }: { account: Account; done: () => void }) {
  const rights = useRights();
  const { spid, state } = account;
  const path = { spid };
  return (
    <>
      {rights.operates && state === "active" && (
        <Action label="Suspend" danger title={`Suspend ${spid}?`}
                text={"Its tokens are dead at once, and nothing can be " +
                  "added. Devices keep what they have."}
                done="Suspended." fields={[REASON]}
                run={async (values) => {
                  await send("post", "/v1/service-providers/{spid}:suspend", {
                    path, body: { reason: values.text("reason") } });
                  done();
                  return null;
                }} />
      )}
      {rights.operates && state === "suspended" && (
        <Action label="Resume" title={`Resume ${spid}?`} done="Resumed."
                text="Its tokens are good again."
                run={async () => {
                  await send("post", "/v1/service-providers/{spid}:resume",
                             { path, body: {} });
                  done();
                  return null;
                }} />
      )}
      {rights.owns(spid) && state !== "closed" && (
        <Action label="Close" danger title={`Close ${spid} for good?`}
                text={"Tokens and invitations are revoked, and the id stays " +
                  "taken. Withdraw its applications first."}
                done="Closed." fields={[REASON]}
                run={async (values) => {
                  await send("post", "/v1/service-providers/{spid}:close", {
                    path, body: { reason: values.text("reason") } });
                  done();
                  return null;
                }} />
      )}
    </>
  );
}

function AccountTab({ spid }: { spid: string }) {
  const account = useLive("/v1/service-providers/{spid}", { path: { spid } });
  const found = account.data?.serviceProvider;
  return (
    <Section title="Account" actions={found && (
      <Changes account={found} done={account.reload} />
    )}>
      <Loaded of={account}>
        {() => found && (
          <Facts of={[
            ["Id", found.spid],
            ["Name", found.name],
            ["State", <AccountBadge state={found.state} />],
            ["Since", <Time of={found.createdAt} />],
            ["Applications", <Link to={["applications"]}>See them</Link>]]} />
        )}
      </Loaded>
    </Section>
  );
}

function Entitlements({ spid }: { spid: string }) {
  const rights = useRights();
  const list = useList("/v1/service-providers/{spid}/entitlements",
                       { path: { spid }, query: { pageSize: 100 } },
                       (answer) => answer.entitlements);
  return (
    <Section title="Devices that may be reached" actions={rights.operates && (
      <Action label="Grant" title="Grant an entitlement" done="Granted."
              text="The service provider may assign to these devices then."
              fields={TARGET_FIELDS}
              run={async (values) => {
                await send("post", "/v1/service-providers/{spid}/entitlements",
                           { path: { spid },
                             body: { target: targetOf(values) } });
                list.reload();
                return null;
              }} />
    )}>
      <ListTable list={list} caption="Entitlements" hidden
                 keyOf={(row) => row.entitlementId}
                 empty="None: it can assign to no device by itself."
                 columns={[
                   { name: "Devices", cell: (row) => targetText(row.target) },
                   { name: "Granted by", cell: (row) => row.grantedBy },
                   { name: "Since", cell: (row) => (
                     <Time of={row.grantedAt} />) },
                   ...(rights.operates ? [{
                     name: "Change", cell: (row: Schemas["Entitlement"]) => (
                       <Action label="Revoke" danger done="Revoked."
                               name={`Revoke ${targetText(row.target)}`}
                               title="Revoke the entitlement?"
                               text={"Assignments that were made stay until " +
                                 "they are unassigned."}
                               run={async () => {
                                 await send("delete", "/v1/service-providers/{spid}/entitlements/{entitlementId}",
                                            { path: { spid, entitlementId:
                                              row.entitlementId } });
                                 list.reload();
                                 return null;
                               }} />) }] : [])]} />
    </Section>
  );
}

function Certificates({ spid }: { spid: string }) {
  const rights = useRights();
  const account = useLive("/v1/service-providers/{spid}", { path: { spid } });
  return (
    <Section title="Signing certificates" actions={rights.owns(spid) && (
      <Action label="Get a certificate" title="Get a certificate"
              text={"For a signing request (PKCS#10). The new certificate is " +
                "the current one; earlier ones stay good for what they signed."}
              done="Issued."
              fields={[{ name: "csrDer", label: "Signing request",
                         kind: "file", accept: ".csr,.pem,.der",
                         hint: "PEM or DER." }]}
              run={async (values) => {
                const file = values.file("csrDer");
                const answer = await send(
                  "post", "/v1/service-providers/{spid}/certificates", {
                    path: { spid },
                    body: { csrDer: derOf(await file?.arrayBuffer() ??
                                          new ArrayBuffer(0)) } });
                account.reload();
                const pem = answer.chainDer.map(pemOf).join("");
                return (
                  <>
                    <p>Serial number <code>{answer.serial}</code>. The chain,
                      the certificate first:</p>
                    <div class="scroll" role="region" tabIndex={0}
                         aria-label="The chain">
                      <pre>{pem}</pre>
                    </div>
                    <Copy text={pem} label="Copy the chain" />
                  </>
                );
              }} />
    )}>
      <Loaded of={account}>
        {(data) => (
          <Table caption="Signing certificates, newest first" hidden
                 rows={data.serviceProvider?.certificates ?? []}
                 keyOf={(row) => row.serial}
                 empty="None yet: images can’t be uploaded without one."
                 columns={[
                   { name: "Serial", cell: (row) => (
                     <Id of={row.serial} full />) },
                   { name: "Current", cell: (row) => row.current
                     ? <Badge tone="good">current</Badge> : "–" },
                   { name: "Ends", cell: (row) => (
                     <Expiry at={row.notAfter} />) },
                   { name: "SHA-256", cell: (row) => (
                     <Id of={hexOf(row.fingerprint)} />) }]} />
        )}
      </Loaded>
    </Section>
  );
}
