"""The augmentation page with a camera, which Chromium simulates (ARGS in conftest.py)."""

from playwright.sync_api import expect


def test_a_photograph_is_taken_augmented_and_taken_back(server, visitors):
    visitor = visitors(server, permissions=["camera"])
    visitor.open("/augmentation", heading="Data augmentation")
    expect(visitor.findings).to_be_visible(timeout=90_000)
    visitor.finished()
    expect(visitor.main.get_by_text("Original (face)")).to_be_visible()
    menu = visitor.page.get_by_role("combobox", name="Picture shown")
    menu.scroll_into_view_if_needed()  # Streamlit's menus close when what they stand in is scrolled
    visitor.page.wait_for_timeout(300)
    menu.click()
    visitor.page.get_by_role("option", name="My camera").click()
    asked = visitor.main.get_by_text("Add a picture at the end of the sidebar")
    expect(asked).to_be_visible()
    visitor.page.locator("video").scroll_into_view_if_needed()  # out of view it does not play
    visitor.page.wait_for_function("() => document.querySelector('video')?.currentTime > 0")
    visitor.button("Take Photo").click()
    expect(visitor.main.get_by_text("(your picture)")).to_be_visible()
    expect(visitor.button("Download the picture as used (PNG)")).to_be_visible()
    expect(asked).to_have_count(0)
    visitor.settle()
    visitor.sound()
    visitor.shot("augmentation-camera")
    visitor.button("Clear photo").click()
    expect(asked).to_be_visible()
