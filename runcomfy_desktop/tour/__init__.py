"""The tour: drives the real widgets through the main job and takes pictures of each step."""
