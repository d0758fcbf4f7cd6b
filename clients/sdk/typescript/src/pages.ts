// Lists, which come in pages.

// Each element of a list, whatever number of pages it has.
//
//   for await (const member of each((pageToken) => otrp.get(
//     '/v1/service-providers/{spid}/members',
//     { params: { path: { spid }, query: { pageToken } } }),
//     (page) => page.members)) {}
export async function* each<P extends { nextPageToken: string }, T>(
  ask: (pageToken: string) => Promise<P>,
  elements: (page: P) => Iterable<T>,
): AsyncGenerator<T> {
  let token = '';
  do {
    const page = await ask(token);
    yield* elements(page);
    token = page.nextPageToken;
  } while (token !== '');
}
