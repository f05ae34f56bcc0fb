// The secret of an invitation stands behind the address's #, which no browser sends: it is posted.
const form = document.getElementById("invitation");
const secret = location.hash.slice(1);

if (form && secret) {
  form.elements.link.value = `#${secret}`;
  history.replaceState(null, "", location.pathname); // it is not left in the list of pages
  form.submit();
}
