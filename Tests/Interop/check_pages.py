"""Pages that orrery wrote, in a headless Chromium: every script runs, nothing is logged, nothing is wider than its window.

    python check_pages.py CHROMIUM films|plain PAGE.html …

Needs playwright 1.65.2. A page with films has a player, and sheets of pictures; a run's and a comparison's have a slider too.
"""
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright


def fail(why):
    sys.exit(f"FAILED: {why}")


def expect(condition, why):
    if not condition:
        fail(why)


def fits(page, name):
    """No window makes the page itself scroll sideways; at 1200 no table does either, nor at 400, where cells are stacked."""
    for width in (1200, 400):
        page.set_viewport_size({"width": width, "height": 900})
        # What is folded away must fit too.
        page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        expect(wide <= 0, f"{name}: at {width} pixels the page is {wide} too wide")
        tables = page.evaluate(
            "[...document.querySelectorAll('.scroll')].filter(x => x.scrollWidth > x.clientWidth).map(x => x.textContent.slice(0, 60))")
        expect(not tables, f"{name}: at {width} pixels these tables scroll: {tables}")
    page.set_viewport_size({"width": 1200, "height": 900})
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = false")


def pixels(page):
    """The first player's first canvas as it is on the screen: pages never read it back, and nor could this for a film played from a file."""
    return page.locator(".stage canvas").first.screenshot()


def plays(page, name):
    page.wait_for_selector("[data-player][data-frame='0']", timeout=20000)
    counter, first = page.locator("[data-out=frame]").first, pixels(page)
    expect(counter.inner_text().startswith("frame 1 of "), f"{name}: the player begins with {counter.inner_text()!r}")
    frames = int(counter.inner_text().split(" of ")[1].split(",")[0])
    seen = {first}
    for i in range(1, frames):
        page.locator("[data-act=next]").first.click() if i % 2 else page.keyboard.press("ArrowRight")
        page.wait_for_selector(f"[data-player][data-frame='{i}']", timeout=20000)
        page.wait_for_timeout(120)
        expect(counter.inner_text().startswith(f"frame {i + 1} of "), f"{name}: after {i} steps the player says {counter.inner_text()!r}")
        seen.add(pixels(page))
    expect(len(seen) > frames // 2, f"{name}: {frames} frames of the player show {len(seen)} pictures")
    page.keyboard.press("Home")
    page.wait_for_selector("[data-player][data-frame='0']", timeout=20000)
    for view in ("wipe", "difference", "side"):
        page.locator("[data-set=view]").first.select_option(view)
        shown = page.locator(".stage").first.locator("canvas").count()
        expect(shown > 1 if view == "side" else shown == 1, f"{name}: {view} has {shown} canvases")
    page.locator("[data-act=play]").first.click()
    # (wait_for_function would need eval, which the page forbids.)
    expect(any(page.wait_for_timeout(100) or int(page.get_attribute("[data-player]", "data-frame")) > 2 for _ in range(200)), f"{name}: it does not play")
    page.locator("[data-act=play]").first.click()
    return frames


def slides(page, name):
    slider = page.locator("[data-slider] input")
    if not slider.count():
        return False
    said = page.locator("[data-slider] output")
    last = said.inner_text()
    shown = "[...document.querySelectorAll('[data-step]')].filter(x => !x.hidden).map(x => x.dataset.step)"
    before = page.evaluate(shown)
    slider.focus()
    page.keyboard.press("Home")
    expect(said.inner_text() != last and page.evaluate(shown) != before, f"{name}: the slider does not move the samples from {last!r}")
    return True


def enlarges(page, name):
    sheets = page.locator(".strips img[role=button]:visible")
    expect(sheets.count() > 0, f"{name}: no sheet can be enlarged")
    dialog = page.locator("dialog.enlarged")
    for how, back in (("click", "Escape"), ("Enter", "click")):
        sheet = sheets.first
        sheet.scroll_into_view_if_needed()
        small = sheet.bounding_box()["width"]
        sheet.click() if how == "click" else (sheet.focus(), page.keyboard.press("Enter"))
        expect(dialog.is_visible(), f"{name}: a sheet does not enlarge by {how}")
        large = dialog.locator("img").bounding_box()["width"]
        expect(large > 1.4 * small, f"{name}: a sheet enlarges from {small} to {large} pixels")
        page.keyboard.press("Escape") if back == "Escape" else dialog.click()
        expect(not dialog.is_visible(), f"{name}: a sheet does not close by {back}")
    return sheets.count()


def check(browser, path, kind):
    name, said = path.parent.name + "/" + path.name, []
    page = browser.new_page()
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: request.url.startswith(("data:", path.as_uri())) or said.append("it asked for " + request.url[:200]))
    page.goto(path.as_uri())
    fits(page, name)
    what = []
    if kind == "films":
        what = [f"{plays(page, name)} frames step and play", f"{enlarges(page, name)} sheets enlarge"]
        if slides(page, name):
            what.append("its slider moves")
        elif "/bench/" not in str(path):
            fail(f"{name}: there is no slider")
    expect(not said, f"{name}: the browser says {said}")
    # Without scripts all of it stands there.
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(path.as_uri())
    for shown in (".strips img", "video") if kind == "films" else ("table",):
        every = page.locator(shown)
        expect(every.count() > 0 and all(every.nth(i).is_visible() for i in range(every.count())), f"{name}: without scripts {shown} is hidden")
    print(f"  {name}: fits 1200 and 400 pixels" + "".join(", " + x for x in what))


with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=sys.argv[1], args=["--no-sandbox"])
    for argument in sys.argv[3:]:
        check(browser, Path(argument).resolve(), sys.argv[2])
    browser.close()
