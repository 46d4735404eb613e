/** Where the status page has the operator's token from, as the browser runs it. */
export const TOKEN_SCRIPT = `
const TOKEN_NAME = 'fettle-operator-token';

/**
 * The token of the address, or the one that this tab had before; an empty text when there is none. It is taken out of the
 * address at once, because addresses stay in the history, are synchronised between devices and get into screenshots. The
 * storage of the session keeps it for a reload, in this tab only and no longer than the tab is open; the pages of slots,
 * which may be of the same host, are in a sandbox and reach none of it.
 */
function takeToken() {
  const shown = location.hash.slice(1);
  if (shown !== '') history.replaceState(null, '', location.pathname + location.search);
  try {
    if (shown !== '') sessionStorage.setItem(TOKEN_NAME, decodeURIComponent(shown));
    return sessionStorage.getItem(TOKEN_NAME) ?? '';
  } catch {
    // A browser that stores nothing, or an address that was typed wrong: what it shows is used as it is, and once.
    return shown;
  }
}
`;
