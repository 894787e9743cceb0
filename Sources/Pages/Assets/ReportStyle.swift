import Files

/// How every report looks and the few things that move in it.
package enum ReportStyle {
  package static let css = """
    :root{--paper:#fbfaf7;--card:#fff;--ink:#1d1c1a;--quiet:#6b6862;--line:#e3dfd7;--grid:#eeebe4;--good:#1a6b3c;--bad:#a3321f;--even:#6b6862;
    --c0:#1f5fbf;--c1:#c05a12;--c2:#0f7f6b;--c3:#8c3aa8;--c4:#a8263f;--c5:#5f6f12;--c6:#3c4fa3;--c7:#7a4a2a;
    --serif:Charter,"Bitstream Charter","Iowan Old Style","Source Serif 4",Georgia,"Times New Roman",serif;
    --sans:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","DejaVu Sans",Arial,sans-serif;--mono:ui-monospace,"SF Mono",Menlo,"DejaVu Sans Mono",monospace}
    @media(prefers-color-scheme:dark){:root{--paper:#161513;--card:#1e1d1b;--ink:#ece9e3;--quiet:#a09b92;--line:#37342f;--grid:#2a2825;--good:#6fd09a;--bad:#f0907c;--even:#a09b92;
    --c0:#7fb0ff;--c1:#ff9f5c;--c2:#4fd1b5;--c3:#d08bea;--c4:#ff8497;--c5:#bfd05a;--c6:#9fb0ff;--c7:#d6a585}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 var(--sans);-webkit-text-size-adjust:100%}
    header,main,footer{max-width:1260px;margin:0 auto;padding:0 28px}
    header{padding-top:44px}
    .eyebrow{margin:0;color:var(--quiet);font-size:13px;letter-spacing:.06em;text-transform:uppercase}
    h1{font:600 34px/1.2 var(--serif);margin:4px 0 8px;overflow-wrap:anywhere;text-wrap:balance}
    h2{font:600 22px/1.3 var(--serif);margin:0 0 12px}
    h3{font:600 16px/1.4 var(--sans);margin:20px 0 6px}
    .lead{color:var(--quiet);margin:0;max-width:80ch;overflow-wrap:anywhere}
    section{padding:26px 0;border-top:1px solid var(--line);margin-top:26px}
    p{max-width:80ch}
    .quiet,.note{color:var(--quiet);font-size:13.5px}
    code{font-family:var(--mono);font-size:.9em;overflow-wrap:anywhere}
    a{color:var(--c0)}
    .verdicts{list-style:none;margin:0;padding:0;display:grid;gap:10px}
    .verdicts li{background:var(--card);border:1px solid var(--line);border-left:5px solid var(--even);border-radius:6px;padding:12px 16px;font:17px/1.45 var(--serif);max-width:none}
    .verdicts li.better{border-left-color:var(--good)}.verdicts li.worse{border-left-color:var(--bad)}
    .verdicts .word{font:600 12px/1 var(--sans);letter-spacing:.05em;text-transform:uppercase;display:block;margin-bottom:6px;color:var(--even)}
    .verdicts li.minor{font:14.5px/1.45 var(--sans);padding:7px 14px;display:grid;grid-template-columns:9.6em 1fr;align-items:baseline}.verdicts .minor .word{margin:0;font-size:11px}
    .better .word{color:var(--good)}.worse .word{color:var(--bad)}
    details{margin:12px 0}summary{cursor:pointer}
    .plainlist{padding-left:18px;margin:12px 0 0}.plainlist li{margin:4px 0;max-width:88ch}
    .scroll{overflow-x:auto;margin:6px 0 18px}.scroll:focus-visible{outline:2px solid var(--c0)}
    table{border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums}
    caption{text-align:left;color:var(--quiet);font-size:13.5px;padding:0 0 6px;caption-side:top}
    th,td{text-align:left;padding:6px 18px 6px 0;border-bottom:1px solid var(--line);vertical-align:middle;white-space:nowrap}
    thead th{color:var(--quiet);font-weight:500;font-size:13px;border-bottom-color:var(--quiet)}
    tbody th{font-weight:500}
    .facts td{white-space:normal;min-width:170px;max-width:460px;overflow-wrap:anywhere}
    .metric{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:14px 18px 4px;margin:0 0 16px}
    .metric h3{margin:0}.metric table{width:100%;min-width:1040px;table-layout:fixed}.metric col.plotcol{width:204px}.metric col.name{width:184px}.metric col.p{width:76px}.metric th,.metric td{padding-right:12px}
    .metric tbody th,.metric tbody td{padding-top:0;padding-bottom:0;height:28px;border-bottom-color:var(--grid)}
    .metric tr.group th{color:var(--quiet);font-size:13px;padding-top:12px;padding-bottom:3px;font-weight:600;height:auto}
    .metric td{white-space:normal}.metric td.plot{padding:0 8px 0 0;line-height:0;width:204px;white-space:nowrap}
    .metric tr.axisrow td,.metric tr.axisrow th{border-bottom:0}
    .metric tr.control th{font-weight:400;color:var(--quiet)}
    .chip{display:inline-block;min-width:22px;padding:0 6px;border-radius:11px;border:1.5px solid currentColor;font:600 12.5px/19px var(--sans);text-align:center}
    .chip.plain{color:var(--quiet)}
    .s0{color:var(--c0)}.s1{color:var(--c1)}.s2{color:var(--c2)}.s3{color:var(--c3)}.s4{color:var(--c4)}.s5{color:var(--c5)}.s6{color:var(--c6)}.s7{color:var(--c7)}
    svg.forest{display:block}
    svg .grid{stroke:var(--grid)}svg .tick{stroke:var(--quiet);fill:none}svg .zero{stroke:var(--quiet);stroke-dasharray:3 3}
    svg .axis{fill:var(--quiet);font:11.5px var(--sans)}
    svg .mark{fill:currentColor;stroke:var(--card);stroke-width:1}
    svg .control{fill:var(--quiet)}svg .controlled{color:var(--quiet)}
    svg .whisker{stroke:currentColor;stroke-width:1.6;fill:none}
    svg .line{stroke:currentColor;stroke-width:2.2;fill:none;stroke-linejoin:round}
    svg .raw{stroke:currentColor;stroke-width:.8;fill:none;opacity:.32}
    .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(440px,100%),1fr));gap:20px;align-items:end}
    figure{margin:0}figcaption{font-size:13.5px;color:var(--quiet);margin:2px 0 8px;overflow-wrap:anywhere}
    svg.curves{width:100%;height:auto;background:var(--card);border:1px solid var(--line);border-radius:8px}
    .legend{display:flex;flex-wrap:wrap;gap:6px 16px;font-size:13.5px;margin:0 0 10px}
    .strips{display:grid;gap:18px}
    .strips img,.strips video{display:block;width:100%;height:auto;max-width:1129px;border:1px solid var(--line);border-radius:6px;background:#fff}
    .films{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(500px,100%),1fr));gap:18px}
    .controls{display:flex;flex-wrap:wrap;align-items:center;gap:8px;margin:0 0 12px;font-size:14px}
    button{font:inherit;color:inherit;background:var(--card);border:1px solid var(--quiet);border-radius:6px;padding:4px 12px;cursor:pointer}
    button:focus-visible,input:focus-visible{outline:2px solid var(--c0);outline-offset:2px}
    input[type=range]{width:min(340px,60vw);accent-color:var(--c0)}
    .warning{border:1px solid var(--bad);border-left-width:5px;border-radius:6px;padding:10px 14px;background:var(--card);white-space:pre-wrap;overflow-wrap:anywhere}
    .commands{background:var(--card);border:1px solid var(--line);border-radius:6px;padding:12px 16px;overflow-x:auto;font:13.5px/1.6 var(--mono);margin:0}
    footer{padding-top:10px;padding-bottom:40px;color:var(--quiet);font-size:13px}
    [hidden]{display:none!important}
    @media print{body{background:#fff}.controls{display:none}.metric,.verdicts li{break-inside:avoid}}
    """

  /// A slider through training's sample grids. Without scripts all of it can still be seen.
  package static let script = """
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
    """
}
