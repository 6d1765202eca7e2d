"""The real frontend boots on the host, oldest and newest, and shows the demo graph."""

import os

import pytest

pytestmark = pytest.mark.browser

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
NODES = "window.app.graph._nodes.map((node) => node.type)"
READY = "window.app?.graph?._nodes?.length > 0"


@pytest.fixture
async def page():
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        program = os.environ.get("PASSPORT_CHROMIUM")
        browser = await playwright.chromium.launch(executable_path=program, args=FLAGS)
        page = await browser.new_page()
        # Only this machine: the frontend itself would ask comfy.org and report its errors.
        await page.route(lambda url: "127.0.0.1" not in url, lambda route: route.fulfill(json={}))
        yield page
        await browser.close()


async def test_it_boots_with_a_clean_console_and_the_demo_graph(page, start_host, frontend):
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    host = start_host(furnished=True, extension=None, static_folder=frontend)
    await page.goto(host.url)
    await page.wait_for_function(READY, timeout=60_000)
    await page.wait_for_timeout(2_000)
    assert await page.evaluate(NODES) == ["PracticeApiNode"]
    assert errors == []
