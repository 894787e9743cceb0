{
  const players = [];
  const make = box => {
    const spec = JSON.parse(box.dataset.player), films = [...box.querySelectorAll('video')], stage = box.querySelector('.stage');
    const get = name => box.querySelector('[data-set=' + name + ']'), out = box.querySelector('[data-out=frame]'), [bar, pair] = box.querySelectorAll('.controls');
    let frame = 0, playing = false, seeking = false, wanted = null, canvases = [];
    const scene = () => spec.scenes[+get('scene').value];
    const cut = (context, tile) => {
      const f = spec.films[tile.film], column = f.scenes.indexOf(scene());
      if (column >= 0) context.drawImage(films[tile.film], column * f.dx, tile.row * f.dy, f.w, f.h, 0, 0, context.canvas.width, context.canvas.height);
    };
    const draw = () => {
      const view = get('view').value, a = spec.tiles[+get('a').value], b = spec.tiles[+get('b').value];
      stage.classList.toggle('given', frame < spec.given);
      out.textContent = 'frame ' + (frame + 1) + ' of ' + spec.frames + (frame < spec.given ? ', given' : '');
      if (view === 'side') { canvases.forEach((c, i) => cut(c, spec.tiles[i])); return; }
      const c = canvases[0], w = c.canvas.width, h = c.canvas.height;
      c.globalCompositeOperation = 'source-over';
      cut(c, b);
      if (view === 'wipe') {
        const x = Math.round(w * get('wipe').value);
        c.save(); c.beginPath(); c.rect(0, 0, x, h); c.clip(); cut(c, a); c.restore();
        c.fillStyle = '#d0342c'; c.fillRect(x - 1, 0, 1, h);
      } else {
        c.globalCompositeOperation = 'difference'; cut(c, a);
        c.globalCompositeOperation = 'lighter';
        for (let i = 0; i < +get('gain').value; i++) c.drawImage(c.canvas, 0, 0);
        c.globalCompositeOperation = 'source-over';
      }
    };
    const lay = () => {
      const view = get('view').value, names = view === 'side' ? spec.tiles.map(t => t.name) : [get('a').selectedOptions[0].textContent + (view === 'wipe' ? ' | ' : ' − ') + get('b').selectedOptions[0].textContent];
      stage.replaceChildren(); stage.classList.toggle('one', view !== 'side');
      pair.hidden = view === 'side';
      for (const x of pair.querySelectorAll('[data-for]')) x.hidden = x.dataset.for !== view;
      canvases = names.map((name, i) => {
        const figure = document.createElement('figure'), caption = document.createElement('figcaption'), canvas = document.createElement('canvas');
        caption.textContent = name; canvas.width = spec.films[0].w; canvas.height = spec.films[0].h; canvas.setAttribute('role', 'img'); canvas.setAttribute('aria-label', name);
        if (view === 'side' && !spec.tiles[i].control) figure.className = 'model';
        figure.append(caption, canvas); stage.append(figure);
        const context = canvas.getContext('2d'); context.imageSmoothingEnabled = false;
        return context;
      });
      draw();
    };
    const seek = n => {
      wanted = Math.max(0, Math.min(spec.frames - 1, n));
      if (seeking) return;
      const go = () => {
        const to = wanted, time = (to + 0.5) / spec.fps;
        seeking = true;
        Promise.all(films.map(v => Math.abs(v.currentTime - time) < 1e-6 && v.readyState > 1 ? null
          : new Promise(done => { v.addEventListener('seeked', done, {once: true}); v.currentTime = time; }))).then(() => {
          frame = to;
          if (wanted !== to) return go();
          seeking = false; draw(); box.dataset.frame = frame;
          // A film read from a file may show its frame a moment after it says so.
          setTimeout(draw, 80);
        });
      };
      go();
    };
    const pause = () => { playing = false; for (const v of films) v.pause(); get0('play').textContent = 'play'; };
    const get0 = act => box.querySelector('[data-act=' + act + ']');
    const tick = () => {
      if (!playing) return;
      const lead = films[0];
      for (const v of films) if (v !== lead && Math.abs(v.currentTime - lead.currentTime) > 0.5 / spec.fps) v.currentTime = lead.currentTime;
      frame = Math.min(spec.frames - 1, Math.floor(lead.currentTime * spec.fps + 1e-3));
      draw(); box.dataset.frame = frame;
      if (lead.ended) for (const v of films) { v.currentTime = 0; v.play(); }
      requestAnimationFrame(tick);
    };
    const acts = {
      play: () => {
        if (playing) { pause(); return seek(frame); }
        playing = true; get0('play').textContent = 'pause';
        for (const v of films) { v.currentTime = frame + 1 >= spec.frames ? 0 : (frame + 0.5) / spec.fps; v.playbackRate = +get('speed').value; v.play(); }
        requestAnimationFrame(tick);
      },
      back: () => { pause(); seek((seeking ? wanted : frame) - 1); }, next: () => { pause(); seek((seeking ? wanted : frame) + 1); }, start: () => { pause(); seek(0); } };
    for (const b of box.querySelectorAll('[data-act]')) b.addEventListener('click', acts[b.dataset.act]);
    for (const name of ['a', 'b']) get(name).append(...spec.tiles.map((t, i) => new Option(t.name, i)));
    get('a').value = Math.max(0, spec.tiles.findIndex(t => !t.control)); get('b').value = 0;
    for (const name of ['view', 'a', 'b']) get(name).addEventListener('change', lay);
    for (const name of ['scene', 'wipe', 'gain']) get(name).addEventListener('input', draw);
    get('speed').addEventListener('change', () => { for (const v of films) v.playbackRate = +get('speed').value; });
    for (const v of films) v.removeAttribute('controls');
    box.querySelector('.reels').hidden = true; bar.hidden = stage.hidden = box.querySelector('[data-help]').hidden = false;
    lay();
    const lost = v => { bar.hidden = stage.hidden = true; box.querySelector('.reels').hidden = false; box.querySelector('[data-help]').textContent = 'A film is not where it was: ' + v.getAttribute('src').slice(0, 200); };
    Promise.all(films.map(v => v.readyState > 1 ? null : new Promise(done => {
      v.addEventListener('loadeddata', done, {once: true});
      if (v.error) lost(v); else v.addEventListener('error', () => lost(v), {once: true});
    }))).then(() => seek(0));
    players.push({box, acts});
  };
  document.querySelectorAll('[data-player]').forEach(make);
  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, select, textarea')) return;
    const player = players.find(p => p.box.contains(event.target)) || players[0], act = {ArrowLeft: 'back', ArrowRight: 'next', ' ': 'play', Home: 'start'}[event.key];
    if (!player || !act || (event.key === ' ' && event.target.closest('button, a, summary'))) return;
    event.preventDefault(); player.acts[act]();
  });
}
