// The operators' side: its members and tokens.
import { href } from "../router";
import { Page, Tabs } from "../ui";
import { Members, Tokens } from "./access";

export function Team({ tab }: { tab: string }) {
  return (
    <Page title="Team">
      <Tabs label="Of the operators’ side" tabs={[
        { name: "Members", href: href("team"), current: tab === "" },
        { name: "Tokens", href: href("team", "tokens"),
          current: tab === "tokens" }]} />
      {tab === "tokens" ? <Tokens spid="" /> : <Members spid="" />}
    </Page>
  );
}
