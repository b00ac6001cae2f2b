"""The main job walked through the web pages by HTTP, as a person's browser would."""
