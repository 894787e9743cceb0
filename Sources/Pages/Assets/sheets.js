// A sheet of pictures enlarges on a click or by Enter, as large as its pixels ask for; Escape or a click puts it back.
{
  const sheets = document.querySelectorAll('.strips img');
  if (sheets.length && window.HTMLDialogElement) {
    const dialog = document.createElement('dialog'), large = document.createElement('img');
    dialog.className = 'enlarged'; dialog.append(large); document.body.append(dialog);
    const open = (sheet, x, y) => {
      // Whole pixels, at least half as large again as it stood.
      const scale = Math.max(1, Math.ceil(1.5 * sheet.clientWidth / sheet.naturalWidth));
      large.src = sheet.src; large.alt = sheet.alt; large.width = scale * sheet.naturalWidth;
      dialog.setAttribute('aria-label', sheet.alt);
      dialog.showModal();
      // What was clicked stays in sight.
      dialog.scrollTo(x * large.clientWidth - dialog.clientWidth / 2, y * large.clientHeight - dialog.clientHeight / 2);
    };
    for (const sheet of sheets) {
      sheet.tabIndex = 0; sheet.setAttribute('role', 'button'); sheet.setAttribute('aria-label', 'enlarge: ' + sheet.alt);
      sheet.addEventListener('click', event => open(sheet, event.offsetX / sheet.clientWidth, event.offsetY / sheet.clientHeight));
      sheet.addEventListener('keydown', event => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault(); event.stopPropagation(); open(sheet, 0, 0);
      });
    }
    dialog.addEventListener('click', () => dialog.close());
    // The player's keys scroll the sheet while it is open.
    dialog.addEventListener('keydown', event => event.stopPropagation());
  }
}
