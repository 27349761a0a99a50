# Bars: categories top-down, figures at the bar ends (placed before this text runs).
# Finds $boxes (x y xlow xhigh ylow yhigh colour) and rgb_axis; src/render/chart/script.c lists it all.
# The only tic is at 0: its grid line is the axis.
set grid xtics front lt 1 lw 0.6 lc rgb rgb_axis
plot $boxes using 1:2:3:4:5:6:7 with boxxyerror fs solid 1 noborder lc rgb variable
