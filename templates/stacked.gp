# Stacked columns: time runs left to right, names stand beside the last column.
set grid ytics back lt 1 lw 0.4 lc rgb rgb_grid
plot $boxes using 1:2:3:4:5:6:7 with boxxyerror fs solid 1 noborder lc rgb variable, \
     0 with lines lc rgb rgb_axis lw 0.6
