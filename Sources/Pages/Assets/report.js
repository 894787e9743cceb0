for (const box of document.querySelectorAll('[data-slider]')) {
  const slider = box.querySelector('input'), out = box.querySelector('output'), steps = JSON.parse(box.dataset.slider);
  const show = () => {
    const step = steps[slider.value];
    out.textContent = 'step ' + step.toLocaleString('en');
    for (const strip of box.querySelectorAll('[data-strip]')) {
      const all = [...strip.querySelectorAll('[data-step]')];
      const now = all.filter(x => +x.dataset.step <= step).pop() || all[0];
      for (const x of all) x.hidden = x !== now;
    }
  };
  box.querySelector('.controls').hidden = steps.length < 2;
  slider.addEventListener('input', show); show();
}
